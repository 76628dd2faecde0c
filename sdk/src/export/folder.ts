import { GradlabError } from "../errors.js";
import { listFolder, pathKind } from "../artifacts/index.js";
import { blockLayers, filesBeside, Seq2SeqModel, type ConfigJson } from "../models/index.js";
import type { OnnxDType } from "./export-onnx.js";
import type { ExportableModel } from "./forms.js";

/** Transformers.js's name of how weights are stored, which also ends the file's name. */
type Scheme = keyof typeof ENDINGS;

const ENDINGS = { fp32: "", fp16: "_fp16", q8: "_quantized", q4: "_q4" } as const;

function schemeOf(model: ExportableModel, dtype: OnnxDType): Scheme {
  const bits = [...blockLayers(model).values()].flatMap(({ blocks }) => (blocks ? [blocks.bits] : []));
  if (bits.length > 0) return bits.includes(4) ? "q4" : "q8";
  return dtype === "float16" ? "fp16" : "fp32";
}

/** The path of one of a model's files inside its folder. */
export const modelFile = (model: ExportableModel, name: string, dtype: OnnxDType = "float32"): string =>
  `onnx/${name}${ENDINGS[schemeOf(model, dtype)]}.onnx`;

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/**
 * What lies beside the models' files: the config, how texts begin and end, the tokenizer.
 *
 * @param apart whether the weights are in second files; where some are, which of the models have one
 */
export function filesOf(
  model: ExportableModel,
  dtype: OnnxDType = "float32",
  apart: boolean | Readonly<Record<string, boolean>> = false,
): Map<string, string | Uint8Array> {
  // The weights in blocks are not those of a checkpoint any more.
  const { quantization_config: _, ...stated } = model.config.json;
  const config: ConfigJson = { ...defaultsOf(model), ...stated };
  const hints = {
    dtype: schemeOf(model, dtype),
    ...(apart === false ? {} : { use_external_data_format: apart }),
  };
  const ends = ["bos_token_id", "eos_token_id", "pad_token_id", "decoder_start_token_id"];
  const generation = ends.flatMap((name) => (name in config ? [[name, config[name]] as const] : []));
  return new Map<string, string | Uint8Array>([
    ...filesBeside(model),
    ["config.json", json({ ...config, "transformers.js_config": hints })],
    ["generation_config.json", json({ _from_model_config: true, ...Object.fromEntries(generation) })],
  ]);
}

/** What Transformers.js reads from a T5's config without knowing the defaults. */
function defaultsOf(model: ExportableModel): ConfigJson {
  if (!(model instanceof Seq2SeqModel)) return {};
  const { encoderLayers, decoderLayers, heads, headWidth, startId, endId, padId } = model.config;
  return {
    is_encoder_decoder: true,
    num_layers: encoderLayers,
    num_decoder_layers: decoderLayers,
    num_heads: heads,
    d_kv: headWidth,
    decoder_start_token_id: startId,
    eos_token_id: endId,
    pad_token_id: padId,
  };
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
