import { GradlabError } from "../../errors.js";
import { ACTIVATION_NAMES } from "../activations.js";
import type { ConfigJson } from "../architecture.js";
import { ConfigReader, requireDivisible } from "../config-reader.js";
import { headOf, labelsOf, requireLabels, type ClassEndings } from "../heads.js";
import type { PreNormSizes } from "../pre-norm-block.js";
import type { PretrainedConfig } from "../pretrained.js";
import type { ImageSizes } from "./images.js";

/** What stands on top of a vision transformer. */
export type VisionHead = "none" | "image-classification";

/** The heads of Hugging Face's classes. */
export const VISION_ENDINGS: ClassEndings<VisionHead> = [
  ["ForImageClassification", "image-classification"],
  ["Model", "none"],
];

export interface VitConfig extends PretrainedConfig, PreNormSizes, ImageSizes {
  readonly head: VisionHead;
  /** Names of the classes. */
  readonly labels: readonly string[];
}

/** Sizes of images and patches. @throws E_FILE_FORMAT when patches do not fill the image */
export function readImageSizes(read: ConfigReader, patch: number): ImageSizes {
  const sizes = {
    channels: read.number("num_channels", 3),
    imageSize: read.number("image_size", 224),
    patchSize: read.number("patch_size", patch),
  };
  if (sizes.imageSize % sizes.patchSize === 0) return sizes;
  throw new GradlabError(
    "E_FILE_FORMAT",
    `Patches of ${sizes.patchSize} do not fill images of ${sizes.imageSize}.`,
    {
      where: read.file,
    },
  );
}

/** Reads a ViTConfig's fields; defaults are Hugging Face's. */
export function parseVitConfig(json: ConfigJson, file: string): VitConfig {
  const read = new ConfigReader(json, file);
  const head = headOf(json, file, VISION_ENDINGS, "none");
  const labels = labelsOf(json);
  if (head !== "none") requireLabels(labels, file);
  const sizes = { width: read.number("hidden_size", 768), heads: read.number("num_attention_heads", 12) };
  requireDivisible(sizes, file);
  read.require("pooler_act", ["tanh"]);
  read.require("pooler_output_size", [sizes.width]);
  read.known("encoder_stride");
  const config: VitConfig = {
    modelType: "vit",
    ...sizes,
    ...readImageSizes(read, 16),
    hidden: read.number("intermediate_size", 3072),
    layers: read.number("num_hidden_layers", 12),
    eps: read.number("layer_norm_eps", 1e-12),
    activation: read.choice("hidden_act", ACTIVATION_NAMES, "gelu"),
    attentionBias: read.flag("qkv_bias", true),
    head,
    labels,
    json,
  };
  read.refuseRest();
  return config;
}
