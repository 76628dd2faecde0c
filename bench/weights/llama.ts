import { hashUniform } from "./hash.js";

export interface LlamaShape {
  readonly layers: number;
  readonly d: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly ff: number;
  readonly vocab: number;
  readonly maxLength: number;
}

/** One tensor of a Hugging Face Llama; linear weights are [out, in]. */
export interface TensorSpec {
  readonly name: string;
  readonly shape: readonly number[];
  data(): Float32Array;
}

function random(name: string, ...shape: number[]): TensorSpec {
  const count = shape.reduce((a, b) => a * b, 1);
  return { name, shape, data: () => hashUniform(name, count, 0.02) };
}

function ones(name: string, n: number): TensorSpec {
  return { name, shape: [n], data: () => new Float32Array(n).fill(1) };
}

function layerTensors(c: LlamaShape, i: number): TensorSpec[] {
  const p = `model.layers.${i}.`;
  const kv = (c.d / c.heads) * c.kvHeads;
  return [
    ones(p + "input_layernorm.weight", c.d),
    random(p + "self_attn.q_proj.weight", c.d, c.d),
    random(p + "self_attn.k_proj.weight", kv, c.d),
    random(p + "self_attn.v_proj.weight", kv, c.d),
    random(p + "self_attn.o_proj.weight", c.d, c.d),
    ones(p + "post_attention_layernorm.weight", c.d),
    random(p + "mlp.gate_proj.weight", c.ff, c.d),
    random(p + "mlp.up_proj.weight", c.ff, c.d),
    random(p + "mlp.down_proj.weight", c.d, c.ff),
  ];
}

/** Every tensor of an untied Llama with random weights; the data is made when asked for. */
export function llamaTensors(c: LlamaShape): TensorSpec[] {
  return [
    random("model.embed_tokens.weight", c.vocab, c.d),
    ...Array.from({ length: c.layers }, (_, i) => layerTensors(c, i)).flat(),
    ones("model.norm.weight", c.d),
    random("lm_head.weight", c.vocab, c.d),
  ];
}
