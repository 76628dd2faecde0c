import { ACTIVATION_NAMES, type ActivationName } from "../activations.js";
import type { ConfigJson } from "../architecture.js";
import { ConfigReader, requireDivisible } from "../config-reader.js";
import { headOf, labelsOf, requireLabels, type ClassEndings } from "../heads.js";
import type { PretrainedConfig } from "../pretrained.js";

/** What stands on top of an encoder. */
export type EncoderHead =
  "none" | "masked-lm" | "sequence-classification" | "token-classification" | "question-answering";

export interface EncoderConfig extends PretrainedConfig {
  readonly vocabSize: number;
  readonly width: number;
  readonly hidden: number;
  readonly layers: number;
  readonly heads: number;
  /** Rows of the position table. */
  readonly positionRows: number;
  /** Rows of the token-type table; 0 for none. */
  readonly tokenTypes: number;
  readonly padId: number;
  /** Row of the first token's position: 0, or behind the padding id's (RoBERTa). */
  readonly firstPosition: number;
  /** Tokens a sequence may have. */
  readonly maxPositions: number;
  readonly eps: number;
  readonly activation: ActivationName;
  readonly head: EncoderHead;
  /** Names of the classes of a classification head. */
  readonly labels: readonly string[];
}

/** The heads of Hugging Face's classes. */
export const ENCODER_ENDINGS: ClassEndings<EncoderHead> = [
  ["ForMaskedLM", "masked-lm"],
  // Its second head, next sentence prediction, is left out and named in `unused`.
  ["ForPreTraining", "masked-lm"],
  ["ForSequenceClassification", "sequence-classification"],
  ["ForTokenClassification", "token-classification"],
  ["ForQuestionAnswering", "question-answering"],
  ["Model", "none"],
];

/** What all three share. */
const commonFields = (read: ConfigReader) => {
  // The pooler's are left over from the first release, and read by nothing.
  read.known("directionality pooler_fc_size pooler_num_attention_heads pooler_num_fc_layers");
  read.known("pooler_size_per_head pooler_type sinusoidal_pos_embds tie_weights_");
  read.require("problem_type", ["single_label_classification"]);
  read.require("is_decoder", [false]);
  read.require("add_cross_attention", [false]);
  read.require("tie_word_embeddings", [true]);
  return { vocabSize: read.number("vocab_size"), modelType: String(read.json.model_type), json: read.json };
};

/** Reads a BertConfig's or RobertaConfig's fields; defaults are Hugging Face's. */
export function parseBertConfig(json: ConfigJson, file: string, kind: "bert" | "roberta"): EncoderConfig {
  const read = new ConfigReader(json, file);
  read.require("position_embedding_type", ["absolute"]);
  const padId = read.index("pad_token_id", kind === "bert" ? 0 : 1);
  const positionRows = read.number("max_position_embeddings", 512);
  const firstPosition = kind === "bert" ? 0 : padId + 1;
  return checked(read, {
    ...commonFields(read),
    width: read.number("hidden_size", 768),
    hidden: read.number("intermediate_size", 3072),
    layers: read.number("num_hidden_layers", 12),
    heads: read.number("num_attention_heads", 12),
    positionRows,
    tokenTypes: read.number("type_vocab_size", 2),
    padId,
    firstPosition,
    maxPositions: positionRows - firstPosition,
    eps: read.number("layer_norm_eps", 1e-12),
    activation: read.choice("hidden_act", ACTIVATION_NAMES, "gelu"),
    head: headOf(json, file, ENCODER_ENDINGS, "none"),
    labels: labelsOf(json),
  });
}

/** Reads a DistilBertConfig's fields; defaults are Hugging Face's. */
export function parseDistilBertConfig(json: ConfigJson, file: string): EncoderConfig {
  const read = new ConfigReader(json, file);
  const positionRows = read.number("max_position_embeddings", 512);
  return checked(read, {
    ...commonFields(read),
    width: read.number("dim", 768),
    hidden: read.number("hidden_dim", 3072),
    layers: read.number("n_layers", 6),
    heads: read.number("n_heads", 12),
    positionRows,
    tokenTypes: 0,
    padId: read.index("pad_token_id", 0),
    firstPosition: 0,
    maxPositions: positionRows,
    eps: 1e-12,
    activation: read.choice("activation", ACTIVATION_NAMES, "gelu"),
    head: headOf(json, file, ENCODER_ENDINGS, "none"),
    labels: labelsOf(json),
  });
}

/** @throws E_FILE_FORMAT for heads that do not divide the width; E_UNSUPPORTED_ARCH for unknown fields, or a label that says nothing */
function checked(read: ConfigReader, config: EncoderConfig): EncoderConfig {
  const { file } = read;
  read.refuseRest();
  requireDivisible(config, file);
  if (config.head.endsWith("classification")) requireLabels(config.labels, file);
  return config;
}
