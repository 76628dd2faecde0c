import { GradlabError } from "../errors.js";
import type { Tensor, Variable } from "../graph/index.js";
import type { BlockWeight, Embedding, Linear } from "../nn/index.js";
import { dequantize, transpose } from "../ops/index.js";
import type { StoredModel } from "./architecture.js";

/** A layer whose weight can be stored in blocks. */
export type BlockLayer = Linear | Embedding;

/** Every layer whose weight can be stored in blocks, by name: the token table and the linear layers. */
export function blockLayers({ network }: StoredModel): ReadonlyMap<string, BlockLayer> {
  const { embedding, linears } = network;
  return new Map<string, BlockLayer>([
    ...(embedding ? [[embedding.name, embedding] as const] : []),
    ...linears,
  ]);
}

/** Whether a layer's dense weight is [in, out], the other way round from its blocks. */
export const isTransposed = (layer: BlockLayer): boolean => "layout" in layer && layer.layout === "in-out";

/** Is any weight of this model in blocks? */
export const isQuantized = (model: StoredModel): boolean =>
  [...blockLayers(model).values()].some((layer) => layer.blocks !== undefined);

/**
 * Gives a layer its weight in blocks. The layer's dense weight then stands for the dequantized values, which
 * are computed only if someone reads them.
 *
 * @param blocks packed uint8 [out, ⌈in/block⌉, block·bits/8], scales [out, ⌈in/block⌉]
 * @throws E_WEIGHT_MISMATCH when the blocks do not fit the layer
 */
export function attachBlocks(layer: BlockLayer, blocks: BlockWeight): void {
  const { packed, scales, bits, block } = blocks;
  const [rows, columns] = isTransposed(layer) ? [...layer.weight.shape].reverse() : layer.weight.shape;
  const groups = Math.ceil(columns / block);
  const wanted = [rows, groups, (block * bits) / 8];
  if (packed.shape.join() !== wanted.join() || scales.shape.join() !== `${rows},${groups}`) {
    throw new GradlabError(
      "E_WEIGHT_MISMATCH",
      `${layer.name}: blocks [${packed.shape.join(", ")}] with scales [${scales.shape.join(", ")}] do not make the weight [${layer.weight.shape.join(", ")}]; expected [${wanted.join(", ")}].`,
    );
  }
  layer.blocks = blocks;
  const dense = dequantize(packed, scales, { bits, block, columns });
  layer.weight.assign(isTransposed(layer) ? transpose(dense, [1, 0]) : dense);
  layer.weight.trainable = false;
}

/** Dense weights that are not read, since their layer has blocks. */
export function replacedWeights(model: StoredModel): ReadonlySet<Variable> {
  const layers = [...blockLayers(model).values()];
  return new Set(layers.filter((layer) => layer.blocks).map((layer) => layer.weight));
}

/** The blocks' tensors: fed as constants, an engine rearranges them once for its integer kernels. */
export function blockTensors(model: StoredModel): Tensor[] {
  return [...blockLayers(model).values()].flatMap(({ blocks }) =>
    blocks ? [blocks.packed, blocks.scales] : [],
  );
}

/** Every stored weight, dense or in blocks, the adapters and the rotary tables. */
export function weightsOf(model: StoredModel): Tensor[] {
  const replaced = replacedWeights(model);
  const dense = [...model.parameters.values()].filter((parameter) => !replaced.has(parameter));
  const deltas = [...model.network.linears.values()].flatMap(({ delta }) =>
    delta ? [delta.a, delta.b] : [],
  );
  const { rotary } = model.network;
  return [...dense, ...blockTensors(model), ...deltas, ...(rotary ? [rotary.cos, rotary.sin] : [])];
}

/** @throws E_CONFIG for a model whose adapter would be lost: what follows sees its plain weights only */
export function refuseAdapter(model: StoredModel): void {
  if (![...model.network.linears.values()].some(({ delta }) => delta)) return;
  throw new GradlabError("E_CONFIG", `${model.id} carries an adapter that is not merged.`, {
    hint: "Fold it into the weights first: await result.merge(), or await mergeAdapter(model).",
  });
}
