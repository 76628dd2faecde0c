import { join } from "node:path";
import { GradlabError } from "../errors.js";
import { writeFileAtomic, writeFolderAtomic } from "../artifacts/index.js";
import { ClipModel, EncoderModel, LanguageModel, VisionModel } from "../models/index.js";
import { exportOnnx, type ExportOnnxOptions, type OnnxExport } from "./export-onnx.js";
import { filesOf, modelFile, refuseOthers } from "./folder.js";
import {
  clipForward,
  encoderForward,
  languageDecoder,
  languageForward,
  seq2seqForward,
  visionForward,
  type ExportableModel,
  type Form,
} from "./forms.js";

export interface ExportModelOptions extends Pick<ExportOnnxOptions, "contrib" | "dtype" | "externalData"> {
  /**
   * For language models: "decoder" (default) takes and gives keys and values, so that a token costs one step;
   * "forward" takes token ids alone. Other models have the form "forward" only.
   */
  readonly form?: "decoder" | "forward";
}

/** What was exported, with paths inside the folder. */
export interface ModelExport extends Omit<OnnxExport, "bytes"> {
  readonly folder: string;
  readonly form: "decoder" | "forward";
}

/**
 * Writes a model as a folder that other programs open: `onnx/model.onnx`, `config.json`, `generation_config.json` and the
 * tokenizer's files, in the layout of Transformers.js. It appears whole or not at all.
 *
 * | model | inputs | outputs |
 * | --- | --- | --- |
 * | language model, "decoder" | `input_ids`, `attention_mask`, `position_ids`, `past_key_values.N.key`, `.value` | `logits`, `present.N.key`, `.value` |
 * | language model, "forward" | `input_ids` | `logits` |
 * | encoder | `input_ids`, `attention_mask`, `token_type_ids` where the model has them | `last_hidden_state`, `logits`, or `start_logits` and `end_logits` |
 * | encoder and decoder (T5) | `input_ids`, `attention_mask`, `decoder_input_ids` | `logits`, `encoder_last_hidden_state` |
 * | ViT | `pixel_values` | `last_hidden_state` or `logits` |
 * | CLIP | `input_ids`, `pixel_values`, `attention_mask` | `logits_per_image`, `logits_per_text`, `text_embeds`, `image_embeds` |
 *
 * Batch and lengths vary. Weights in blocks stay so (MatMulNBits), and the file is named after their bits; adapters are
 * computed beside their layers.
 *
 * @param folder made anew; an earlier export there is replaced, a folder that holds anything else is refused
 * @throws E_CONFIG for a form that the model does not have, or a folder with other files
 * @example await exportModel(await loadModel("gradlab/en"), "out/en-onnx")
 */
export async function exportModel(
  model: ExportableModel,
  folder: string,
  options: ExportModelOptions = {},
): Promise<ModelExport> {
  const { form: name = model instanceof LanguageModel ? "decoder" : "forward", dtype } = options;
  const form = formOf(model, name);
  const file = modelFile(model, dtype);
  await refuseOthers(folder, new Set(filesOf(model).keys()));
  const exported: OnnxExport[] = [];
  const beside: string[] = [];
  await writeFolderAtomic(folder, async (at) => {
    const done = await exportForm(form, { ...options, path: join(at, file) });
    exported.push(done);
    for (const [path, content] of filesOf(model, dtype, done.files.length > 1)) {
      await writeFileAtomic(join(at, path), content);
      beside.push(path);
    }
  });
  const [{ bytes: _, files, ...stated }] = exported;
  const models = files.length > 1 ? [file, `${file}_data`] : [file];
  return { ...stated, folder, form: name, files: [...models, ...beside] };
}

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

function formOf(model: ExportableModel, name: "decoder" | "forward"): Form {
  if (model instanceof LanguageModel)
    return name === "decoder" ? languageDecoder(model) : languageForward(model);
  if (name === "decoder") {
    throw new GradlabError("E_CONFIG", `${model.id} is no language model, so it has no form "decoder".`, {
      hint: 'Use form: "forward".',
    });
  }
  if (model instanceof EncoderModel) return encoderForward(model);
  if (model instanceof VisionModel) return visionForward(model);
  return model instanceof ClipModel ? clipForward(model) : seq2seqForward(model);
}
