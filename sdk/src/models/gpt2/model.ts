import type { Tensor, Variable } from "../../graph/index.js";
import { Embedding, Linear } from "../../nn/index.js";
import { add, cast, gather, gelu, layerNorm } from "../../ops/index.js";
import type { Architecture, Block, Network, ParameterSpec } from "../architecture.js";
import { parseGpt2Config, type Gpt2Config } from "./config.js";

const prefix = (layer: number): string => `transformer.h.${layer}`;

function parameters(config: Gpt2Config): ParameterSpec[] {
  const { width, hidden, layers, vocabSize, maxPositions, tiedHead } = config;
  const normal = { normal: 0.02 };
  const residual = { normal: 0.02 / Math.sqrt(2 * layers) };
  const zero = { constant: 0 };
  const norm = (name: string): ParameterSpec[] => [
    { name: `${name}.weight`, shape: [width], init: { constant: 1 } },
    { name: `${name}.bias`, shape: [width], init: zero },
  ];
  // Conv1D keeps weights as [in, out].
  const conv = (name: string, from: number, to: number, init: ParameterSpec["init"]): ParameterSpec[] => [
    { name: `${name}.weight`, shape: [from, to], init },
    { name: `${name}.bias`, shape: [to], init: zero },
  ];
  const layer = (at: string): ParameterSpec[] => [
    ...norm(`${at}.ln_1`),
    ...conv(`${at}.attn.c_attn`, width, 3 * width, normal),
    ...conv(`${at}.attn.c_proj`, width, width, residual),
    ...norm(`${at}.ln_2`),
    ...conv(`${at}.mlp.c_fc`, width, hidden, normal),
    ...conv(`${at}.mlp.c_proj`, hidden, width, residual),
  ];
  return [
    { name: "transformer.wte.weight", shape: [vocabSize, width], init: normal },
    { name: "transformer.wpe.weight", shape: [maxPositions, width], init: normal },
    ...Array.from({ length: layers }, (_, i) => layer(prefix(i))).flat(),
    ...norm("transformer.ln_f"),
    ...(tiedHead ? [] : [{ name: "lm_head.weight", shape: [vocabSize, width], init: normal }]),
  ];
}

function build(config: Gpt2Config, weights: ReadonlyMap<string, Variable>): Network {
  const weight = (name: string): Variable => weights.get(name)!;
  const linears = new Map<string, Linear>();
  const conv = (name: string): Linear => {
    const layer = new Linear(name, weight(`${name}.weight`), weight(`${name}.bias`), "in-out");
    linears.set(name, layer);
    return layer;
  };
  const norm = (name: string) => (x: Tensor) =>
    layerNorm(x, weight(`${name}.weight`), weight(`${name}.bias`), config.eps);
  const blocks = Array.from({ length: config.layers }, (_, i) => buildBlock(config, prefix(i), conv, norm));
  const embedding = new Embedding("transformer.wte", weight("transformer.wte.weight"));
  const positions = weight("transformer.wpe.weight");
  const head = config.tiedHead ? undefined : new Linear("lm_head", weight("lm_head.weight"));
  if (head) linears.set(head.name, head);
  const final = norm("transformer.ln_f");
  return {
    linears,
    embedding,
    blocks,
    embed: (ids, at) => add(embedding.lookup(ids), cast(gather(positions, at), "float32")),
    head: (x) => (head ? head.forward(final(x)) : embedding.logits(final(x))),
    losses: (x, targets) => (head ?? embedding).losses(final(x), targets),
  };
}

/** x += proj(attend(norm(x))); x += proj(gelu(fc(norm(x)))). */
function buildBlock(
  { heads, groups, headWidth }: Gpt2Config,
  at: string,
  conv: (name: string) => Linear,
  norm: (name: string) => (x: Tensor) => Tensor,
): Block {
  const mixer = { projections: [conv(`${at}.attn.c_attn`)], heads, groups, headWidth };
  const [output, up, down] = ["attn.c_proj", "mlp.c_fc", "mlp.c_proj"].map((name) => conv(`${at}.${name}`));
  const [first, second] = [norm(`${at}.ln_1`), norm(`${at}.ln_2`)];
  return {
    mixer,
    forward: (x, mix) => {
      const mixed = add(x, output.forward(mix(first(x))));
      return add(mixed, down.forward(gelu(up.forward(second(mixed)), { approximate: "tanh" })));
    },
  };
}

/**
 * GPT-2: layer norm before each half, learned positions, multi-head attention, tanh GELU.
 *
 * @source Radford et al. 2019; names and layout as Hugging Face's GPT2LMHeadModel
 */
export const gpt2: Architecture<Gpt2Config> = {
  modelTypes: ["gpt2"],
  parse: parseGpt2Config,
  parameters,
  build,
};
