import type { Tensor, Variable } from "../../graph/index.js";
import { Embedding, Linear, rotaryTables } from "../../nn/index.js";
import { add, mul, rmsNorm, silu } from "../../ops/index.js";
import type { Architecture, Block, Network, ParameterSpec } from "../architecture.js";
import { parseLlamaConfig, type LlamaConfig } from "./config.js";

const prefix = (layer: number): string => `model.layers.${layer}`;

/** Projections inside a block, with the config's sizes [out, in]. */
function projectionShapes({
  width,
  hidden,
  heads,
  groups,
  headWidth,
}: LlamaConfig): [string, [number, number]][] {
  return [
    ["self_attn.q_proj", [heads * headWidth, width]],
    ["self_attn.k_proj", [groups * headWidth, width]],
    ["self_attn.v_proj", [groups * headWidth, width]],
    ["self_attn.o_proj", [width, heads * headWidth]],
    ["mlp.gate_proj", [hidden, width]],
    ["mlp.up_proj", [hidden, width]],
    ["mlp.down_proj", [width, hidden]],
  ];
}

function parameters(config: LlamaConfig): ParameterSpec[] {
  const { width, layers, vocabSize, tiedHead } = config;
  const normal = { normal: 0.02 };
  // Residual outputs start smaller, so that the depth does not raise the variance (Radford et al. 2019, §2.3).
  const residual = { normal: 0.02 / Math.sqrt(2 * layers) };
  const specs: ParameterSpec[] = [
    { name: "model.embed_tokens.weight", shape: [vocabSize, width], init: normal },
  ];
  for (let layer = 0; layer < layers; layer++) {
    for (const [name, shape] of projectionShapes(config)) {
      const init = /o_proj|down_proj/.test(name) ? residual : normal;
      specs.push({ name: `${prefix(layer)}.${name}.weight`, shape, init });
    }
    for (const norm of ["input_layernorm", "post_attention_layernorm"]) {
      specs.push({ name: `${prefix(layer)}.${norm}.weight`, shape: [width], init: { constant: 1 } });
    }
  }
  specs.push({ name: "model.norm.weight", shape: [width], init: { constant: 1 } });
  if (!tiedHead) specs.push({ name: "lm_head.weight", shape: [vocabSize, width], init: normal });
  return specs;
}

function build(config: LlamaConfig, weights: ReadonlyMap<string, Variable>): Network {
  const weight = (name: string): Variable => weights.get(`${name}.weight`)!;
  const linears = new Map<string, Linear>();
  const linear = (name: string): Linear => {
    const layer = new Linear(name, weight(name));
    linears.set(name, layer);
    return layer;
  };
  const blocks = Array.from({ length: config.layers }, (_, i) =>
    buildBlock(config, prefix(i), linear, weight),
  );
  const embedding = new Embedding("model.embed_tokens", weight("model.embed_tokens"));
  const head = config.tiedHead ? undefined : linear("lm_head");
  const norm = weight("model.norm");
  const final = (x: Tensor): Tensor => rmsNorm(x, norm, config.eps);
  return {
    linears,
    embedding,
    blocks,
    rotary: rotaryTables(config.headWidth, config.maxPositions, config.theta),
    embed: (ids) => embedding.lookup(ids),
    head: (x) => (head ? head.forward(final(x)) : embedding.logits(final(x))),
    losses: (x, targets) => (head ?? embedding).losses(final(x), targets),
  };
}

/** x += o(attend(norm(x))); x += down(silu(gate(norm(x))) · up(norm(x))). */
function buildBlock(
  { eps }: LlamaConfig,
  at: string,
  linear: (name: string) => Linear,
  weight: (name: string) => Variable,
): Block {
  const projections = ["q_proj", "k_proj", "v_proj"].map((name) => linear(`${at}.self_attn.${name}`));
  const output = linear(`${at}.self_attn.o_proj`);
  const [gate, up, down] = ["gate_proj", "up_proj", "down_proj"].map((name) => linear(`${at}.mlp.${name}`));
  const norms = [weight(`${at}.input_layernorm`), weight(`${at}.post_attention_layernorm`)];
  return {
    projections,
    forward: (x, attend): Tensor => {
      const mixed = add(x, output.forward(attend(projections, rmsNorm(x, norms[0], eps))));
      const h = rmsNorm(mixed, norms[1], eps);
      return add(mixed, down.forward(mul(silu(gate.forward(h)), up.forward(h))));
    },
  };
}

/**
 * Llama: RMS norm before each half, rotary positions, grouped-query attention, SwiGLU.
 *
 * @source Touvron et al. 2023; names and layout as Hugging Face's LlamaForCausalLM
 */
export const llama: Architecture<LlamaConfig> = {
  modelTypes: ["llama"],
  parse: parseLlamaConfig,
  parameters,
  build,
};
