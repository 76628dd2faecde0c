/** Quantizes a folder once and ends; the folder it writes is what gradlab-generate serves. */
import {
  attachBlocks,
  blockLayers,
  loadModel,
  makeBlocks,
  hostArray,
  OnnxEngine,
  QUANT_METHODS,
  Quantizer,
  saveModel,
  useEngine,
  type LanguageModel,
  type QuantMethod,
} from "gradlab";

interface QuantizeCase {
  readonly from: string;
  readonly to: string;
  readonly method: QuantMethod;
  /** Puts the head into four bits too, which the method keeps at eight. */
  readonly smallHead: boolean;
}

const BLOCK = 32;

async function shrinkHead(model: LanguageModel, dense: LanguageModel): Promise<void> {
  const name = "lm_head";
  const [to, from] = [blockLayers(model).get(name), blockLayers(dense).get(name)];
  if (!to || !from) throw new Error(`The model has no ${name} of its own`);
  const [rows = 0, columns = 0] = from.weight.shape;
  const data = (await from.weight.array()).data as Float32Array;
  const rule = QUANT_METHODS.int4_weight_only.linear;
  const { bits, accuracyLevel } = rule;
  const { packed, scales } = rule.fit({ name, data, rows, columns }, BLOCK);
  const grid = [rows, columns / BLOCK];
  const integers = hostArray(packed, [...grid, (BLOCK * bits) / 8]);
  const how = { bits, block: BLOCK, accuracyLevel };
  attachBlocks(to, makeBlocks(name, integers, hostArray(scales, grid), how));
}

async function main({ from, to, method, smallHead }: QuantizeCase): Promise<void> {
  useEngine(new OnnxEngine());
  const dense = await loadModel(from);
  const quantized = await new Quantizer({ modelPath: dense, method }).apply();
  if (smallHead) await shrinkHead(quantized, dense);
  await saveModel(quantized, to);
}

await main(JSON.parse(process.argv[2] ?? "{}") as QuantizeCase);
