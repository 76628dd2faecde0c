import { placeholder, Variable } from "../graph/index.js";
import type { BlockWeight } from "../nn/index.js";
import {
  attachBlocks,
  blockLayers,
  isTransposed,
  makeBlocks,
  type BlockLayer,
  type LanguageModel,
  type LanguageModelParts,
} from "../models/index.js";
import { hostArray, toFloat32, type HostArray } from "../tensor/index.js";
import type { WeightRows } from "./methods/index.js";
import type { LayerChoice } from "./select-layers.js";

/** What became of one layer. */
export interface LayerReport {
  readonly name: string;
  readonly bits: number;
  /** Signal to quantization noise of the weights, decibels. */
  readonly sqnrDb: number;
  readonly shape: readonly number[];
}

/**
 * The parts of a new model with the chosen layers in blocks; the others are copied, so that the original can go on
 * being trained.
 *
 * @param onLayer called after each layer; may be awaited on and may throw to stop
 */
export async function quantizeLayers(
  model: LanguageModel,
  { chosen }: LayerChoice,
  block: number,
  onLayer: (layer: LayerReport, index: number) => Promise<void>,
): Promise<{ parts: LanguageModelParts; attach: (to: LanguageModel) => void; layers: LayerReport[] }> {
  const fitted = new Map<string, BlockWeight>();
  const layers: LayerReport[] = [];
  for (const [index, { name, layer, method }] of chosen.entries()) {
    const weight = await rowsOf(layer);
    const { bits, accuracyLevel } = method;
    const { packed, scales, sqnrDb } = method.fit(weight, block);
    const grid = [weight.rows, Math.ceil(weight.columns / block)];
    const integers = hostArray(packed, [...grid, (block * bits) / 8]);
    fitted.set(name, makeBlocks(name, integers, hostArray(scales, grid), { bits, block, accuracyLevel }));
    layers.push({ name, bits, sqnrDb, shape: [weight.rows, weight.columns] });
    await onLayer(layers[index], index);
  }
  const attach = (to: LanguageModel): void => {
    const targets = blockLayers(to);
    for (const [name, blocks] of fitted) attachBlocks(targets.get(name)!, blocks);
  };
  return { parts: await partsWithout(model, new Set(fitted.keys())), attach, layers };
}

/** A model's parts with copies of all weights but those that are about to be in blocks. */
async function partsWithout(model: LanguageModel, names: ReadonlySet<string>): Promise<LanguageModelParts> {
  const parameters = new Map<string, Variable>();
  for (const [name, parameter] of model.parameters) {
    const replaced = names.has(name.replace(/\.weight$/, ""));
    const value = replaced ? placeholder(parameter.shape) : copyOf(await parameter.array());
    parameters.set(name, new Variable(value, name, !replaced));
  }
  const { id, architecture, config, tokenizer } = model;
  return { id, architecture, config, parameters, ...(tokenizer ? { tokenizer } : {}) };
}

const copyOf = ({ data, shape, dtype }: HostArray): HostArray => hostArray(data.slice(), shape, dtype);

/** A layer's weight with its outputs as rows. */
async function rowsOf(layer: BlockLayer): Promise<WeightRows> {
  const { name, weight } = layer;
  const data = toFloat32(await weight.array()).data as Float32Array;
  const [first, second] = weight.shape;
  if (!isTransposed(layer)) return { name, data, rows: first, columns: second };
  const turned = new Float32Array(data.length);
  for (let i = 0; i < first; i++) {
    for (let j = 0; j < second; j++) turned[j * first + i] = data[i * second + j];
  }
  return { name, data: turned, rows: second, columns: first };
}
