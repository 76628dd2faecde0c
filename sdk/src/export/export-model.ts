import { basename, join } from "node:path";
import { GradlabError } from "../errors.js";
import { writeFileAtomic, writeFolderAtomic } from "../artifacts/index.js";
import { EncoderModel, LanguageModel, Seq2SeqModel, VisionModel } from "../models/index.js";
import { exportOnnx, type ExportOnnxOptions, type OnnxExport } from "./export-onnx.js";
import { filesOf, modelFile, refuseOthers } from "./folder.js";
import {
  clipForward,
  encoderForward,
  languageDecoder,
  languageForward,
  seq2seqDecoder,
  seq2seqForward,
  visionForward,
  type ExportableModel,
  type Form,
} from "./forms.js";

export interface ExportModelOptions extends Pick<ExportOnnxOptions, "contrib" | "dtype" | "externalData"> {
  /**
   * For models that write: "decoder" (default) takes and gives keys and values, so that a token costs one step;
   * "forward" takes token ids alone. Other models have the form "forward" only.
   */
  readonly form?: "decoder" | "forward";
  /**
   * Of a language model as decoder: logits after every token fed (default), or after the last one, which is all that
   * writing needs and saves a prompt's time and memory where the vocabulary is large.
   */
  readonly logits?: "all" | "last";
}

/** What was exported, with paths inside the folder. */
export interface ModelExport {
  readonly folder: string;
  readonly form: "decoder" | "forward";
  /** Every file written, the models first. */
  readonly files: readonly string[];
  /** The models by their files. */
  readonly models: Readonly<Record<string, Omit<OnnxExport, "bytes" | "files">>>;
}

/**
 * Writes a model as a folder that other programs open: `onnx/model.onnx`, `config.json`, `generation_config.json` and the
 * tokenizer's files, in the layout of Transformers.js. It appears whole or not at all.
 *
 * | model | inputs | outputs |
 * | --- | --- | --- |
 * | language model, "decoder" | `input_ids`, `attention_mask`, `position_ids`, `past_key_values.N.key`, `.value` | `logits`, `present.N.key`, `.value` |
 * | Mamba, "decoder" | `input_ids`, `past_conv.N`, `past_ssm.N` | `logits`, `present_conv.N`, `present_ssm.N` |
 * | language model, "forward" | `input_ids` | `logits` |
 * | encoder | `input_ids`, `attention_mask`, `token_type_ids` where the model has them | `last_hidden_state`, `logits`, or `start_logits` and `end_logits` |
 * | T5, "decoder": `encoder_model.onnx` | `input_ids`, `attention_mask` | `last_hidden_state` |
 * | and `decoder_model_merged.onnx` | `encoder_attention_mask`, `input_ids`, `encoder_hidden_states`, `past_key_values.N.decoder.key`, `.value` | `logits`, `present.N.decoder.key`, `.value` |
 * | T5, "forward" | `input_ids`, `attention_mask`, `decoder_input_ids` | `logits`, `encoder_last_hidden_state` |
 * | ViT | `pixel_values` | `last_hidden_state` or `logits` |
 * | CLIP | `input_ids`, `pixel_values`, `attention_mask` | `logits_per_image`, `logits_per_text`, `text_embeds`, `image_embeds` |
 *
 * Batch and lengths vary. Weights in blocks stay so (MatMulNBits), and the file is named after their bits; adapters are
 * computed beside their layers.
 *
 * @param folder made anew; an earlier export there is replaced, a folder that holds anything else is refused
 * @throws E_CONFIG for a form that the model does not have, or a folder with other files
 * @example await exportModel(await loadModel("gradlab/en-3m"), "out/en-onnx")
 */
export async function exportModel(
  model: ExportableModel,
  folder: string,
  options: ExportModelOptions = {},
): Promise<ModelExport> {
  const { form = writes(model) ? "decoder" : "forward", dtype } = options;
  const forms = Object.entries(formsOf(model, form, options.logits));
  await refuseOthers(folder, new Set(filesOf(model).keys()));
  const done: [string, OnnxExport][] = [];
  const beside: string[] = [];
  await writeFolderAtomic(folder, async (at) => {
    for (const [name, each] of forms) {
      const file = modelFile(model, name, dtype);
      done.push([file, await exportForm(each, { ...options, path: join(at, file) })]);
    }
    for (const [path, content] of filesOf(model, dtype, apartOf(done))) {
      await writeFileAtomic(join(at, path), content);
      beside.push(path);
    }
  });
  const models = done.map(([file, exported]) => {
    const { bytes: _, files: __, ...stated } = exported;
    return [file, stated] as const;
  });
  const written = done.flatMap(([file, { files }]) => (files.length > 1 ? [file, `${file}_data`] : [file]));
  return { folder, form, files: [...written, ...beside], models: Object.fromEntries(models) };
}

/** Whether weights lie apart: in all models, in none, or by their names. */
function apartOf(
  done: readonly (readonly [string, OnnxExport])[],
): boolean | Readonly<Record<string, boolean>> {
  const each = done.map(([file, { files }]) => [basename(file), files.length > 1] as const);
  return each.every(([, apart]) => apart === each[0][1]) ? each[0][1] : Object.fromEntries(each);
}

const writes = (model: ExportableModel): boolean =>
  model instanceof LanguageModel || model instanceof Seq2SeqModel;

const exportForm = (
  form: Form,
  { contrib, dtype, externalData, path }: ExportOnnxOptions,
): Promise<OnnxExport> =>
  exportOnnx((...given) => form.run(...given), form.inputs, {
    ...(path === undefined ? {} : { path }),
    ...(contrib === undefined ? {} : { contrib }),
    ...(dtype === undefined ? {} : { dtype }),
    ...(externalData === undefined ? {} : { externalData }),
    inputNames: form.names,
    dynamicAxes: form.dynamicAxes,
    maxSizes: form.maxSizes,
  });

/** The forms by the names of their files. */
function formsOf(
  model: ExportableModel,
  form: "decoder" | "forward",
  logits?: "all" | "last",
): Readonly<Record<string, Form>> {
  if (model instanceof LanguageModel && form === "decoder") return { model: languageDecoder(model, logits) };
  if (logits !== undefined) {
    throw new GradlabError("E_CONFIG", "Only a language model as decoder can leave out logits.", {
      hint: 'Use form: "decoder", or leave out `logits`.',
    });
  }
  if (model instanceof LanguageModel) return { model: languageForward(model) };
  if (model instanceof Seq2SeqModel) {
    return form === "decoder" ? seq2seqDecoder(model) : { model: seq2seqForward(model) };
  }
  if (form === "decoder") {
    throw new GradlabError("E_CONFIG", `${model.id} writes no texts, so it has no form "decoder".`, {
      hint: 'Use form: "forward".',
    });
  }
  if (model instanceof EncoderModel) return { model: encoderForward(model) };
  return { model: model instanceof VisionModel ? visionForward(model) : clipForward(model) };
}
