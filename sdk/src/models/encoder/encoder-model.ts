import { GradlabError } from "../../errors.js";
import { specText, type Tensor } from "../../graph/index.js";
import { cast, crossEntropy, div, maximum, mean, mul, reshape, sum } from "../../ops/index.js";
import { sameShape } from "../../tensor/index.js";
import type { ConfigJson } from "../architecture.js";
import {
  createKind,
  loadKind,
  type CreateOptions,
  type Kind,
  type LoadPretrainedOptions,
} from "../load-pretrained.js";
import { withHead, type HeadOptions } from "../heads.js";
import { PretrainedModel } from "../pretrained.js";
import { ENCODER_ENDINGS, type EncoderConfig, type EncoderHead } from "./config.js";
import { ENCODER_FAMILIES } from "./families.js";
import type { TextOrPair } from "../../text/index.js";
import { checkInput, encodeTexts, type TextBatch, type TokenInput } from "../token-input.js";
import { unitRows } from "../unit-rows.js";
import { countedLoss, spanLoss } from "../token-loss.js";
import { firstRow, type EncoderNetwork } from "./network.js";

/** Lazy outputs: only what is read is computed. */
export interface EncoderOutput {
  /** [B, T, D] */
  readonly hidden: Tensor;
  /** tanh(W h₀ + b) of the first token, where the model has that layer. [B, D] */
  readonly pooled?: Tensor;
  /** Masked language model [B, T, V]; sequences [B, labels]; tokens [B, T, labels]; answers [B, T, 2] (start, end). */
  readonly logits?: Tensor;
}

export interface EmbedOptions {
  /** "mean" of the tokens that are not padding (default), the first token's "cls", or the "pooled" output. */
  readonly pooling?: "mean" | "cls" | "pooled";
  /** Divides each vector by its length, so that products are cosines. Default true. */
  readonly normalize?: boolean;
}

/**
 * An encoder (BERT, RoBERTa, DistilBERT): every token sees every other. It gives a vector for each token, and what its
 * head makes of them.
 *
 * Dropout is not applied.
 *
 * @example
 * const encoder = await loadEncoder("models/bert-base-uncased", { head: "sequence-classification", labels: ["no", "yes"] });
 * const { logits } = encoder.forward([[101, 2023, 102]]);
 */
export class EncoderModel extends PretrainedModel<EncoderConfig, EncoderNetwork> {
  /** Names of the head's classes. */
  get labels(): readonly string[] {
    return this.config.labels;
  }

  /**
   * @param input ids int32 [B, T] or rows of equal length, alone or with a mask and token types
   * @throws E_SHAPE for other shapes or more tokens than positions
   */
  forward(input: TokenInput | TokenInput["ids"]): EncoderOutput {
    const rows = checkInput("ids" in input ? input : { ids: input }, this.config, this.id);
    const hidden = reshape(this.network.hidden(rows), [...rows.ids.shape, this.config.width]);
    const { pool, logits } = this.network;
    return {
      hidden,
      ...(pool ? { pooled: pool(hidden) } : {}),
      ...(logits ? { logits: logits(hidden) } : {}),
    };
  }

  /**
   * The head's mean cross-entropy in nats; targets of −100 do not count.
   *
   * @param targets int32: tokens [B, T] for "masked-lm" and "token-classification", classes [B] for
   *   "sequence-classification", first and last token [B, 2] for "question-answering"
   * @throws E_SHAPE with both shapes; E_CONFIG for a model without a head
   */
  loss(input: TokenInput | TokenInput["ids"], targets: Tensor): Tensor {
    const { logits } = this.forward(input);
    if (!logits) {
      throw new GradlabError("E_CONFIG", `${this.id} has no head to train.`, {
        hint: 'Load it with one, such as loadEncoder(folder, { head: "sequence-classification", labels: 2 }).',
      });
    }
    const { head } = this.config;
    const spans = head === "question-answering";
    const wanted = spans ? [logits.shape[0], 2] : logits.shape.slice(0, -1);
    if (!sameShape(targets.shape, wanted) || targets.dtype !== "int32") {
      throw new GradlabError(
        "E_SHAPE",
        `The targets of ${head} are int32[${wanted.join(", ")}] for logits ${specText(logits)}, got ${specText(targets)}.`,
      );
    }
    if (spans) return spanLoss(logits, targets);
    return head === "sequence-classification" ? crossEntropy(logits, targets) : countedLoss(logits, targets);
  }

  /**
   * One vector for each sequence: the mean of its tokens' vectors, as sentence encoders use it.
   *
   * @returns lazy [B, D]
   * @source Reimers and Gurevych 2019
   */
  embed(
    input: TokenInput | TokenInput["ids"],
    { pooling = "mean", normalize = true }: EmbedOptions = {},
  ): Tensor {
    const { hidden, pooled } = this.forward(input);
    if (pooling === "pooled" && !pooled) {
      throw new GradlabError("E_CONFIG", `${this.id} has no pooled output.`, {
        hint: 'Use pooling: "mean" or "cls".',
      });
    }
    const mask = "ids" in input ? checkInput(input, this.config, this.id).mask : undefined;
    const vector =
      pooling === "mean" ? meanRows(hidden, mask) : pooling === "cls" ? firstRow(hidden) : pooled!;
    return normalize ? unitRows(vector) : vector;
  }

  /**
   * Texts, or pairs of texts, as one padded batch with its mask.
   *
   * @throws E_TOKENIZER without a tokenizer that can be followed
   * @example encoder.embed(encoder.encode(["a text", "another one"]))
   */
  encode(texts: readonly TextOrPair[]): TextBatch {
    return encodeTexts(texts, this.requireTokenizer(), this.config);
  }
}

/** Σ m·h / Σ m over the tokens. @param hidden [B, T, D] @param mask bool [B, T] */
function meanRows(hidden: Tensor, mask: Tensor | undefined): Tensor {
  if (!mask) return mean(hidden, { axes: 1 });
  const weights = reshape(cast(mask, hidden.dtype), [...hidden.shape.slice(0, 2), 1]);
  return div(sum(mul(hidden, weights), { axes: 1 }), maximum(sum(weights, { axes: 1 }), 1));
}

const ENCODERS: Kind<EncoderConfig, EncoderNetwork, EncoderModel> = {
  loader: "loadEncoder",
  families: ENCODER_FAMILIES,
  make: (parts) => new EncoderModel(parts),
};

export interface LoadEncoderOptions extends LoadPretrainedOptions, HeadOptions<EncoderHead> {
  /** Starts the head afresh even where the checkpoint has one, for other classes. Default false. */
  readonly newHead?: boolean;
}

/**
 * Loads a BERT, RoBERTa or DistilBERT folder. With `head`, parameters of a head that the checkpoint does not have start
 * afresh; `initialized` names them. Weights are widened to float32.
 *
 * @param ref a folder, or a file of weights with config.json beside it
 * @throws E_MODEL_NOT_FOUND, E_WEIGHTS_UNAVAILABLE, E_UNSUPPORTED_ARCH, E_WEIGHT_MISMATCH, E_FILE_FORMAT
 * @example const encoder = await loadEncoder("models/bert", { head: "token-classification", labels: ["O", "NAME"] });
 */
export function loadEncoder(ref: string, options: LoadEncoderOptions = {}): Promise<EncoderModel> {
  const { head, newHead = false } = options;
  const fresh = newHead ? "all" : head ? "missing" : "none";
  return loadKind(ENCODERS, ref, { ...options, adapt: adapting(options), fresh });
}

/**
 * An encoder with fresh weights.
 *
 * @param json config.json's content
 * @example
 * const sizes = { vocab_size: 30, hidden_size: 8, intermediate_size: 16, num_hidden_layers: 1, num_attention_heads: 2 };
 * const encoder = createEncoder({ model_type: "bert", ...sizes }, { head: "sequence-classification", labels: 3 });
 * encoder.forward([[1, 2, 3]]).logits!.shape // [1, 3]
 */
export function createEncoder(
  json: ConfigJson,
  options: CreateOptions & HeadOptions<EncoderHead> = {},
): EncoderModel {
  return createKind(ENCODERS, json, { ...options, adapt: adapting(options) });
}

const adapting =
  (options: HeadOptions<EncoderHead>) =>
  (json: ConfigJson): ConfigJson => {
    const type = String(json.model_type);
    const family = ENCODER_FAMILIES.find(({ modelTypes }) => modelTypes.includes(type))!;
    return withHead(json, family.classNames[type], ENCODER_ENDINGS, options);
  };
