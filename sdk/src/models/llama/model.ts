import type { Tensor, Variable } from "../../graph/index.js";
import { Embedding, rotaryTables } from "../../nn/index.js";
import { add, mul } from "../../ops/index.js";
import type { Architecture, Attention, Block, Network, ParameterSpec, RowFunction } from "../architecture.js";
import { parseLlamaConfig, type LlamaConfig } from "./config.js";
import { FAMILIES } from "./families.js";
import { feedForward, feedForwardParameters, type FeedForward } from "./feed-forward.js";
import { LayerMaker, linearParameters, normal, normParameter, residual } from "./layers.js";

export const prefix = (layer: number): string => `model.layers.${layer}`;

/** Parameters of the attention half of a block. */
export function attentionParameters(config: LlamaConfig, at: string): ParameterSpec[] {
  const { width, heads, groups, headWidth, biases, packed, headNorms } = config;
  const [queries, keys] = [heads * headWidth, groups * headWidth];
  const inputs: [string, number][] = packed
    ? [["qkv_proj", queries + 2 * keys]]
    : [
        ["q_proj", queries],
        ["k_proj", keys],
        ["v_proj", keys],
      ];
  return [
    ...inputs.flatMap(([name, out]) => linearParameters(`${at}.${name}`, out, width, normal, biases.qkv)),
    ...linearParameters(`${at}.o_proj`, width, queries, residual(config), biases.output),
    ...(headNorms
      ? ["q_norm", "k_norm"].map((name) => normParameter(config, `${at}.${name}`, headWidth))
      : []),
  ];
}

/** Every parameter of a model of the family; what stands behind attention is given by block. */
export function llamaParameters(
  config: LlamaConfig,
  behind: (config: LlamaConfig, at: string) => ParameterSpec[],
): ParameterSpec[] {
  const { width, layers, vocabSize, tiedHead } = config;
  const table = (name: string): ParameterSpec => ({
    name: `${name}.weight`,
    shape: [vocabSize, width],
    init: normal,
  });
  const block = (at: string): ParameterSpec[] => [
    ...attentionParameters(config, `${at}.self_attn`),
    ...behind(config, at),
    normParameter(config, `${at}.input_layernorm`, width),
    normParameter(config, `${at}.post_attention_layernorm`, width),
  ];
  return [
    table("model.embed_tokens"),
    ...Array.from({ length: layers }, (_, layer) => block(prefix(layer))).flat(),
    normParameter(config, "model.norm", width),
    ...(tiedHead ? [] : [table("lm_head")]),
  ];
}

/** Builds what stands behind attention in the block whose names begin with `at`. */
export type MakeFeedForward = (make: LayerMaker, config: LlamaConfig, at: string) => FeedForward;

/** The network of a model of the family over its parameters; what stands behind attention is built by block. */
export function buildLlama(
  config: LlamaConfig,
  weights: ReadonlyMap<string, Variable>,
  behind: MakeFeedForward,
): Network {
  const make = new LayerMaker(config, weights);
  const { layers, rotary, maxPositions, embeddingScale } = config;
  const blocks = Array.from({ length: layers }, (_, layer) => buildBlock(make, layer, behind));
  const embedding = new Embedding("model.embed_tokens", make.weight("model.embed_tokens.weight"));
  const head = config.tiedHead ? undefined : make.linear("lm_head");
  const final = make.norm("model.norm");
  return {
    linears: make.linears,
    embedding,
    blocks,
    rotary: rotaryTables(rotary.width, maxPositions, rotary.theta, rotary.scaling),
    embed: (ids) => {
      const rows = embedding.lookup(ids);
      return embeddingScale === 1 ? rows : mul(rows, embeddingScale);
    },
    head: (x) => (head ? head.forward(final(x)) : embedding.logits(final(x))),
    losses: (x, targets) => (head ?? embedding).losses(final(x), targets),
  };
}

/** x += o(attend(norm(x))); x += behind(norm(x)). */
function buildBlock(make: LayerMaker, layer: number, makeBehind: MakeFeedForward): Block {
  const at = prefix(layer);
  const mixer = buildAttention(make, layer, `${at}.self_attn`);
  const output = make.linear(`${at}.self_attn.o_proj`);
  const behind = makeBehind(make, make.config, at);
  const norms = ["input_layernorm", "post_attention_layernorm"].map((name) => make.norm(`${at}.${name}`));
  return {
    mixer,
    forward: (x, mix, observe): Tensor => {
      const mixed = add(x, output.forward(mix(norms[0](x))));
      return add(mixed, behind(norms[1](mixed), observe));
    },
  };
}

function buildAttention(make: LayerMaker, layer: number, at: string): Attention {
  const { packed, headNorms, windows, heads, groups, headWidth } = make.config;
  const names = packed ? ["qkv_proj"] : ["q_proj", "k_proj", "v_proj"];
  const norms = (): readonly [RowFunction, RowFunction] => [
    make.norm(`${at}.q_norm`),
    make.norm(`${at}.k_norm`),
  ];
  const window = windows[layer];
  return {
    projections: names.map((name) => make.linear(`${at}.${name}`)),
    heads,
    groups,
    headWidth,
    ...(headNorms ? { normalizeHeads: norms() } : {}),
    ...(window === undefined ? {} : { window }),
  };
}

/**
 * Llama and its kin: RMS norm before each half, rotary positions, grouped-query attention, gated feed-forward.
 *
 * Mistral lets positions see a window of keys; Qwen 2 gives queries, keys and values a bias; Qwen 3 normalizes heads of
 * queries and keys instead; Phi-3 keeps q, k, v in one matrix, gate and up in another; Gemma scales embeddings, stores
 * norms as their distance from 1 and gates by GELU; Mixtral puts experts, and a router to choose among them, in place of
 * the feed-forward.
 *
 * @source Touvron et al. 2023; Jiang et al. 2023; Qwen Team 2024, 2025; Abdin et al. 2024; Gemma Team 2024; Jiang et al. 2024; names and
 *   layout as Hugging Face's classes
 */
export const llama: Architecture<LlamaConfig> = {
  modelTypes: Object.keys(FAMILIES),
  parse: parseLlamaConfig,
  parameters: (config) => llamaParameters(config, feedForwardParameters),
  build: (config, weights) => buildLlama(config, weights, feedForward),
};
