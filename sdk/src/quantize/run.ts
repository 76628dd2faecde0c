import { resolve, sep } from "node:path";
import { environment, listFolder, pathKind } from "../artifacts/index.js";
import { GradlabError } from "../errors.js";
import type { JobContext } from "../job/index.js";
import {
  isQuantized,
  LanguageModel,
  openModel,
  proxyWarnings,
  refuseAdapter,
  type LanguageModelParts,
} from "../models/index.js";
import type { QuantEvent } from "./events.js";
import { failedConditions } from "./gate.js";
import { measureLatency } from "./measure-latency.js";
import { measureQuality } from "./measure-quality.js";
import type { QuantMethod } from "./methods/index.js";
import type { QuantizerOptions } from "./options.js";
import { quantizeLayers } from "./quantize-layers.js";
import { QuantizedModel } from "./quantized-model.js";
import { weightBytes, type QuantReport } from "./report.js";
import { selectLayers } from "./select-layers.js";

type Context = JobContext<QuantEvent>;

/** @throws what `loadModel` throws; E_ALREADY_QUANTIZED; E_CONFIG for an adapter that is not merged */
export async function openDense({
  modelPath,
  options = {},
  ...named
}: QuantizerOptions): Promise<LanguageModel> {
  const { config } = options;
  const model = await openModel(modelPath, named, config ? { config } : {});
  if (isQuantized(model)) {
    throw new GradlabError("E_ALREADY_QUANTIZED", `The weights of ${model.id} are in blocks already.`, {
      where: typeof modelPath === "string" ? modelPath : model.id,
    });
  }
  refuseAdapter(model);
  return model;
}

/** The result replaces a folder as a whole. @throws E_CONFIG when that would lose the original, or what is no model */
async function checkOutput({ modelPath, outputPath }: QuantizerOptions): Promise<void> {
  if (outputPath === undefined || (await pathKind(outputPath)) === undefined) return;
  const refuse = (why: string): never => {
    throw new GradlabError("E_CONFIG", `outputPath ${outputPath} ${why}.`, {
      where: outputPath,
      hint: "Choose a new folder.",
    });
  };
  if ((await pathKind(outputPath)) === "file") refuse("is a file");
  const names = await listFolder(outputPath);
  if (names.length > 0 && !names.includes("config.json")) refuse("holds other things than a model");
  const original = typeof modelPath === "string" ? resolve(modelPath) : undefined;
  const target = resolve(outputPath);
  if (original === target || original?.startsWith(target + sep)) refuse("holds the original");
}

/** The whole flow: open, quantize, measure, judge, write. */
export async function quantize(options: QuantizerOptions, context: Context): Promise<QuantizedModel> {
  const { method = "dynamic_int8", options: blocks = {}, calibrationData, outputPath } = options;
  const { blockSize = 32 } = blocks;
  await checkOutput(options);
  const model = await openDense(options);
  proxyWarnings(model).forEach(context.emit);
  context.emit({ type: "load", model: model.id, bytes: 4 * model.paramCount });
  if (calibrationData !== undefined) {
    context.emit({
      type: "warning",
      code: "W_CALIBRATION_NOT_REQUIRED",
      message: `${method} finds its scales without data; calibrationData is used to measure the quality.`,
      hint: "Give rows that the model was not trained on.",
    });
  }
  const choice = selectLayers(model, method, blocks);
  const { parts, attach, layers } = await quantizeLayers(model, choice, blockSize, (layer, index) => {
    context.emit({ type: "layer", index, of: choice.chosen.length, ...layer });
    return breathe(context);
  });
  const named = withMethod(parts, method);
  const candidate = new LanguageModel(named);
  attach(candidate);
  const measured = await measure(model, candidate, options, context);
  const { before, after, ratio, bitsPerWeight } = weightBytes(model, layers, blockSize);
  const bytes = { before, after, ratio };
  const failed = failedConditions(options.accept ?? {}, { bytes, ...measured });
  const report: QuantReport = {
    model: named.id,
    method,
    blockSize,
    bytes,
    bitsPerWeight,
    ...measured,
    layers,
    kept: choice.kept,
    gate: { passed: failed.length === 0, failed },
    environment: await environment({ seed: options.seed ?? 42 }),
  };
  judge(report, options, context);
  const result = new QuantizedModel(named, attach, report);
  context.checkpoint();
  if (outputPath !== undefined) await result.save(outputPath);
  context.emit({ type: "done", report });
  return result;
}

/** Lets other events in between layers: a cancellation, a timer. */
async function breathe(context: Context): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
  await context.pausePoint();
}

/** The name and config.json of the result say how it was made. */
function withMethod(parts: LanguageModelParts, method: QuantMethod): LanguageModelParts {
  const json = {
    ...parts.config.json,
    quantization_config: { quant_method: "gradlab", method, modules: {} },
  };
  return { ...parts, id: `${parts.id}@${method}`, config: { ...parts.config, json } };
}

async function measure(
  model: LanguageModel,
  candidate: LanguageModel,
  options: QuantizerOptions,
  context: Context,
): Promise<Pick<QuantReport, "latencyMs" | "quality">> {
  const quality = await measureQuality(model, candidate, options, context);
  const { before, after } = await measureLatency(model, candidate, context.pausePoint);
  context.emit({ type: "measure", what: "latency", side: "before", value: before.p50 });
  context.emit({ type: "measure", what: "latency", side: "after", value: after.p50 });
  return { quality, latencyMs: { before, after, speedup: before.p50 / after.p50 } };
}

/** @throws E_QUALITY_GATE unless the gate only warns */
function judge(report: QuantReport, { accept = {} }: QuantizerOptions, context: Context): void {
  const { passed, failed } = report.gate;
  if (passed) return;
  const sentence = `${report.model} fails its gate: ${failed.join("; ")}.`;
  const hint = "Skip the noisiest layers (report.layers), use more bits, or relax `accept`.";
  if (accept.onFail !== "warn")
    throw new GradlabError("E_QUALITY_GATE", sentence, { hint, details: { report } });
  context.emit({ type: "warning", code: "W_QUALITY_GATE", message: sentence, hint });
}
