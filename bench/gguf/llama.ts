import type { LlamaShape, TensorSpec } from "../weights/index.js";
import type { GgufType } from "./encode.js";
import { writeGguf, type GgufTensor, type GgufValue } from "./write.js";

const NAMES: Readonly<Record<string, string>> = {
  "self_attn.q_proj": "attn_q",
  "self_attn.k_proj": "attn_k",
  "self_attn.v_proj": "attn_v",
  "self_attn.o_proj": "attn_output",
  "mlp.gate_proj": "ffn_gate",
  "mlp.up_proj": "ffn_up",
  "mlp.down_proj": "ffn_down",
  input_layernorm: "attn_norm",
  post_attention_layernorm: "ffn_norm",
};

function ggufName(name: string): string {
  if (name === "model.embed_tokens.weight") return "token_embd.weight";
  if (name === "model.norm.weight") return "output_norm.weight";
  if (name === "lm_head.weight") return "output.weight";
  const [, layer = "", part = ""] = /^model\.layers\.(\d+)\.(.+)\.weight$/.exec(name) ?? [];
  const mapped = NAMES[part];
  if (mapped === undefined) throw new RangeError(`${name} is no tensor of a Llama`);
  return `blk.${layer}.${mapped}.weight`;
}

/** llama.cpp rotates neighbouring channels, Hugging Face the two halves: reorder the rows of q and k to match. */
function interleaveHalves(x: Float32Array, heads: number, width: number): Float32Array {
  const out = new Float32Array(x.length);
  const hd = x.length / width / heads;
  for (let h = 0; h < heads; h++) {
    for (let r = 0; r < hd; r++) {
      const from = (h * hd + (r % 2) * (hd / 2) + (r >> 1)) * width;
      out.set(x.subarray(from, from + width), (h * hd + r) * width);
    }
  }
  return out;
}

interface GgufTypes {
  readonly linear: GgufType;
  /** Of the token table and the head. */
  readonly table: GgufType;
}

const isTable = ({ name }: TensorSpec): boolean => /^(model\.embed_tokens|lm_head)\./.test(name);

function convert(c: LlamaShape, t: TensorSpec, types: GgufTypes): GgufTensor {
  const heads = t.name.endsWith("q_proj.weight") ? c.heads : t.name.endsWith("k_proj.weight") ? c.kvHeads : 0;
  return {
    name: ggufName(t.name),
    shape: t.shape,
    type: t.shape.length === 1 ? "F32" : isTable(t) ? types.table : types.linear,
    data: () => (heads > 0 ? interleaveHalves(t.data(), heads, c.d) : t.data()),
  };
}

function metadataOf(c: LlamaShape): Record<string, GgufValue> {
  return {
    "general.architecture": { text: "llama" },
    "general.name": { text: "gradlab bench, random weights" },
    "llama.vocab_size": { u32: c.vocab },
    "llama.context_length": { u32: c.maxLength },
    "llama.embedding_length": { u32: c.d },
    "llama.block_count": { u32: c.layers },
    "llama.feed_forward_length": { u32: c.ff },
    "llama.rope.dimension_count": { u32: c.d / c.heads },
    "llama.rope.freq_base": { f32: 10000 },
    "llama.attention.head_count": { u32: c.heads },
    "llama.attention.head_count_kv": { u32: c.kvHeads },
    "llama.attention.layer_norm_rms_epsilon": { f32: 1e-5 },
    "tokenizer.ggml.model": { text: "no_vocab" },
  };
}

/** Writes a Llama without a vocabulary; the norms stay F32. */
export function writeLlamaGguf(
  path: string,
  c: LlamaShape,
  tensors: readonly TensorSpec[],
  linear: GgufType,
  table: GgufType = linear,
): void {
  writeGguf(
    path,
    metadataOf(c),
    tensors.map((t) => convert(c, t, { linear, table })),
  );
}
