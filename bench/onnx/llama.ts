import { hostArray } from "gradlab";
import { CONTRIB, OnnxModel } from "gradlab/internal/engine";
import type { LlamaShape, TensorSpec } from "../weights/index.js";
import { linear, lookup, stack, type Matrix, type OnnxBits } from "./matrix.js";

/** Stand-ins for the symbolic sizes; transformers.js sizes an empty cache by these names. */
const SYMBOLS = {
  batch_size: 999_983,
  sequence_length: 999_979,
  past_sequence_length: 999_961,
  total_sequence_length: 999_959,
  logits_length: 999_953,
};
const EPS = { float: 1e-5 };
const THETA = 10000;
const INT32 = 6;
const TO_THE_END = 2 ** 31 - 1;

interface Build {
  readonly model: OnnxModel;
  readonly shape: LlamaShape;
  readonly bits: OnnxBits;
  readonly weight: (name: string) => Matrix;
  readonly vector: (name: string) => string;
  /** GroupQueryAttention's inputs behind the caches: lengths and the rotary tables. */
  readonly attention: readonly string[];
}

const one = (model: OnnxModel, ...node: Parameters<OnnxModel["node"]>): string =>
  model.node(...node)[0] ?? "";

/** cos and sin of position · θ^(−2i/width), [positions, width/2]. */
function rotaryTables(model: OnnxModel, { d, heads, maxLength }: LlamaShape): string[] {
  const half = d / heads / 2;
  const table = (name: string, f: (angle: number) => number): string => {
    const data = Float32Array.from({ length: maxLength * half }, (_, i) =>
      f(Math.floor(i / half) * THETA ** (-(i % half) / half)),
    );
    return model.initializer(hostArray(data, [maxLength, half]), name);
  };
  return [table("cos_cache", Math.cos), table("sin_cache", Math.sin)];
}

/** Last position of every row and the longest row, read from the attention mask as onnxruntime-genai does. */
function lengthsOf(model: OnnxModel, mask: string): string[] {
  const cast = { attributes: { to: INT32 } };
  const seen = one(model, "ReduceSum", [mask, model.ints([1])], { attributes: { keepdims: 0 } });
  const last = one(model, "Sub", [seen, model.scalar(1, "int64")]);
  const total = one(model, "Gather", [one(model, "Shape", [mask]), model.scalar(1, "int64")]);
  return [one(model, "Cast", [last], cast), one(model, "Cast", [total], cast)];
}

/** x + delta and its norm, in one node. */
function addAndNorm({ model, vector }: Build, x: string, delta: string, name: string): [string, string] {
  const [norm = "", , , sum = ""] = model.node("SkipSimplifiedLayerNormalization", [x, delta, vector(name)], {
    attributes: { epsilon: EPS },
    outputs: [model.fresh(), "", "", model.fresh()],
    domain: CONTRIB,
  });
  return [sum, norm];
}

function attend(build: Build, h: string, layer: number): string {
  const { model, shape, bits, weight, attention } = build;
  const at = `model.layers.${layer}.self_attn`;
  const parts = ["q_proj", "k_proj", "v_proj"].map((name) => weight(`${at}.${name}`));
  const qkv = linear(model, h, stack(`${at}.qkv_proj`, parts), bits.linear);
  const { batch_size: batch, past_sequence_length: past, total_sequence_length: total } = SYMBOLS;
  const width = shape.d / shape.heads;
  const dims = (length: number): number[] => [batch, shape.kvHeads, length, width];
  const caches = ["key", "value"].map((part) =>
    model.input(`past_key_values.${layer}.${part}`, "float32", dims(past)),
  );
  const presents = ["key", "value"].map((part) => `present.${layer}.${part}`);
  for (const name of presents) model.output(name, "float32", dims(total));
  const y = model.fresh();
  model.node("GroupQueryAttention", [qkv, "", "", ...caches, ...attention], {
    attributes: { num_heads: shape.heads, kv_num_heads: shape.kvHeads, do_rotary: 1, rotary_interleaved: 0 },
    outputs: [y, ...presents],
    domain: CONTRIB,
  });
  return linear(model, y, weight(`${at}.o_proj`), bits.linear);
}

function feedForward({ model, bits, weight }: Build, h: string, layer: number): string {
  const at = `model.layers.${layer}.mlp`;
  const gate = linear(model, h, weight(`${at}.gate_proj`), bits.linear);
  const up = linear(model, h, weight(`${at}.up_proj`), bits.linear);
  const silu = one(model, "QuickGelu", [gate], { attributes: { alpha: { float: 1 } }, domain: CONTRIB });
  return linear(model, one(model, "Mul", [silu, up]), weight(`${at}.down_proj`), bits.linear);
}

function trunk(build: Build, ids: string): string {
  const { model, shape, bits, weight, vector } = build;
  let x = lookup(model, ids, weight("model.embed_tokens"), bits.table);
  let h = one(model, "SimplifiedLayerNormalization", [x, vector("model.layers.0.input_layernorm")], {
    attributes: { axis: -1, epsilon: EPS },
  });
  for (let layer = 0; layer < shape.layers; layer++) {
    [x, h] = addAndNorm(build, x, attend(build, h, layer), `model.layers.${layer}.post_attention_layernorm`);
    const following = layer + 1 < shape.layers ? `model.layers.${layer + 1}.input_layernorm` : "model.norm";
    [x, h] = addAndNorm(build, x, feedForward(build, h, layer), following);
  }
  return h;
}

/**
 * A Llama as the exporters behind transformers.js's models write it: attention and rotation in one
 * GroupQueryAttention that appends to the cache, joined query/key/value weights, sums fused with norms, and
 * `num_logits_to_keep`, by which generate() asks for the logits of the last position only.
 *
 * Inputs input_ids, attention_mask, num_logits_to_keep, past_key_values.N.key/value; outputs logits,
 * present.N.key/value. Positions follow from the mask, so there is no position_ids.
 */
export function llamaOnnx(shape: LlamaShape, tensors: readonly TensorSpec[], bits: OnnxBits): Uint8Array {
  const model = new OnnxModel(SYMBOLS);
  const spec = (name: string): TensorSpec => {
    const found = tensors.find((t) => t.name === `${name}.weight`);
    if (!found) throw new RangeError(`The model has no ${name}.weight`);
    return found;
  };
  const weight = (name: string): Matrix => {
    const found = spec(name);
    const [rows = 0, columns = 0] = found.shape;
    return { name, rows, columns, data: found.data() };
  };
  const vector = (name: string): string =>
    model.initializer(hostArray(spec(name).data(), spec(name).shape), name);
  const { batch_size: batch, sequence_length: length, total_sequence_length: total } = SYMBOLS;
  const ids = model.input("input_ids", "int64", [batch, length]);
  const mask = model.input("attention_mask", "int64", [batch, total]);
  const keep = model.input("num_logits_to_keep", "int64", []);
  model.output("logits", "float32", [batch, SYMBOLS.logits_length, shape.vocab]);
  const attention = [...lengthsOf(model, mask), ...rotaryTables(model, shape)];
  const h = trunk({ model, shape, bits, weight, vector, attention }, ids);
  const start = one(model, "Reshape", [one(model, "Neg", [keep]), model.ints([1])]);
  const wanted = one(model, "Slice", [h, start, model.ints([TO_THE_END]), model.ints([1])]);
  const logits = linear(model, wanted, weight("lm_head"), bits.linear);
  model.node("Identity", [logits], { outputs: ["logits"] });
  return model.finish();
}
