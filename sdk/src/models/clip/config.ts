import { ACTIVATION_NAMES } from "../activations.js";
import type { ConfigJson } from "../architecture.js";
import { ConfigReader, requireDivisible } from "../config-reader.js";
import type { PreNormSizes } from "../pre-norm-block.js";
import type { PretrainedConfig } from "../pretrained.js";
import { readImageSizes } from "../vision/config.js";
import type { ImageSizes } from "../vision/images.js";

export interface ClipTextConfig extends PreNormSizes {
  readonly vocabSize: number;
  readonly maxPositions: number;
  /** The token whose vector stands for the text: this id's first place, or that of the highest id. */
  readonly end: number | "highest";
  readonly padId: number;
}

export interface ClipConfig extends PretrainedConfig {
  readonly text: ClipTextConfig;
  readonly vision: PreNormSizes & ImageSizes;
  /** Width of the space both are projected into. */
  readonly projection: number;
  /** ln of the first temperature's inverse. */
  readonly logitScale: number;
}

/** OpenAI's configs say 2 where the end is the vocabulary's last id. */
const LEGACY_END = 2;

function towerSizes(read: ConfigReader, width: number, heads: number): PreNormSizes {
  const sizes = {
    width: read.number("hidden_size", width),
    heads: read.number("num_attention_heads", heads),
    hidden: read.number("intermediate_size", 4 * width),
    layers: read.number("num_hidden_layers", 12),
    eps: read.number("layer_norm_eps", 1e-5),
    activation: read.choice("hidden_act", ACTIVATION_NAMES, "quick_gelu"),
  };
  requireDivisible(sizes, read.file);
  return sizes;
}

/** Reads a CLIPConfig's fields, with its `text_config` and `vision_config`; defaults are Hugging Face's. */
export function parseClipConfig(json: ConfigJson, file: string): ClipConfig {
  const read = new ConfigReader(json, file);
  /** Where there is a `…_dict`, it counts instead, as in Hugging Face's CLIPConfig. */
  const inner = (field: string): ConfigReader => {
    const content = (read.raw(`${field}_dict`) ?? read.raw(field) ?? {}) as ConfigJson;
    const reader = new ConfigReader(content, `${file}: ${field}`);
    read.known(`${field} ${field}_dict`);
    // Only a tower alone has a projection of its own.
    reader.known("projection_dim tie_word_embeddings");
    return reader;
  };
  const [text, vision] = [inner("text_config"), inner("vision_config")];
  const end = text.index("eos_token_id", 49407);
  const config: ClipConfig = {
    modelType: "clip",
    text: {
      ...towerSizes(text, 512, 8),
      vocabSize: text.number("vocab_size", 49408),
      maxPositions: text.number("max_position_embeddings", 77),
      end: end === LEGACY_END ? "highest" : end,
      padId: text.index("pad_token_id", 1),
    },
    vision: { ...towerSizes(vision, 768, 12), ...readImageSizes(vision, 32) },
    projection: read.number("projection_dim", 512),
    logitScale: read.number("logit_scale_init_value", 2.6592),
    json,
  };
  for (const reader of [read, text, vision]) reader.refuseRest();
  return config;
}
