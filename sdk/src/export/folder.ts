import { GradlabError } from "../errors.js";
import { listFolder, pathKind } from "../artifacts/index.js";
import { blockLayers, filesBeside } from "../models/index.js";
import type { OnnxDType } from "./export-onnx.js";
import type { ExportableModel } from "./forms.js";

/** Transformers.js's name of how weights are stored, which also ends the file's name. */
type Scheme = keyof typeof FILES;

const FILES = {
  fp32: "onnx/model.onnx",
  fp16: "onnx/model_fp16.onnx",
  q8: "onnx/model_quantized.onnx",
  q4: "onnx/model_q4.onnx",
} as const;

function schemeOf(model: ExportableModel, dtype: OnnxDType): Scheme {
  const bits = [...blockLayers(model).values()].flatMap(({ blocks }) => (blocks ? [blocks.bits] : []));
  if (bits.length > 0) return bits.includes(4) ? "q4" : "q8";
  return dtype === "float16" ? "fp16" : "fp32";
}

/** The model's path inside its folder. */
export const modelFile = (model: ExportableModel, dtype: OnnxDType = "float32"): string =>
  FILES[schemeOf(model, dtype)];

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/**
 * What lies beside the model's file: its config, how its texts begin and end, the tokenizer.
 *
 * @param apart whether the weights are in a second file
 */
export function filesOf(
  model: ExportableModel,
  dtype: OnnxDType = "float32",
  apart = false,
): Map<string, string | Uint8Array> {
  // The weights in blocks are not those of a checkpoint any more.
  const { quantization_config: _, ...config } = model.config.json;
  const hints = { dtype: schemeOf(model, dtype), ...(apart ? { use_external_data_format: true } : {}) };
  const ends = ["bos_token_id", "eos_token_id", "pad_token_id", "decoder_start_token_id"];
  const generation = ends.flatMap((name) => (name in config ? [[name, config[name]] as const] : []));
  return new Map<string, string | Uint8Array>([
    ...filesBeside(model),
    ["config.json", json({ ...config, "transformers.js_config": hints })],
    ["generation_config.json", json({ _from_model_config: true, ...Object.fromEntries(generation) })],
  ]);
}

/** @throws E_CONFIG when writing the folder anew would lose files that no export has written */
export async function refuseOthers(folder: string, own: ReadonlySet<string>): Promise<void> {
  if ((await pathKind(folder)) === undefined) return;
  const known = new Set([...own, "onnx"]);
  const other = (await listFolder(folder)).find((name) => !known.has(name));
  if (other === undefined) return;
  throw new GradlabError("E_CONFIG", `${folder} holds ${other}, which an export would remove.`, {
    hint: "Export into a folder of its own.",
  });
}
