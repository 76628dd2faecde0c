import { GradlabError } from "../../errors.js";
import { specText, Tensor } from "../../graph/index.js";
import { cast, concat, equal, full, ids as idTensor, reshape, slice, where } from "../../ops/index.js";
import type { ConfigJson } from "../architecture.js";
import {
  createKind,
  loadKind,
  type CreateOptions,
  type Kind,
  type LoadPretrainedOptions,
} from "../load-pretrained.js";
import { PretrainedModel } from "../pretrained.js";
import { checkInput, encodeTexts, type TextBatch, type TokenInput, type TokenRows } from "../token-input.js";
import { countedLoss, IGNORED } from "../token-loss.js";
import type { T5Config } from "./config.js";
import { decodeRows, encodeRows } from "./forward.js";
import { generateRows, type Seq2SeqGenerateOptions, type Seq2SeqGeneration } from "./generate.js";
import { t5, type T5Network } from "./network.js";

/** Lazy outputs: only what is read is computed. */
export interface Seq2SeqOutput {
  /** [B, T, V] */
  readonly logits: Tensor;
  /** The encoder's output. [B, S, D] */
  readonly encoded: Tensor;
}

type Source = TokenInput | TokenInput["ids"];

/**
 * An encoder that reads a text and a decoder that writes another (T5, v1.1, flan, mT5).
 *
 * Dropout is not applied.
 *
 * @example
 * const translator = await loadSeq2Seq("models/t5-small");
 * const [{ ids: written }] = await translator.generate([[13959, 1566, 12, 2968, 10, 8774, 1]], { maxNewTokens: 20 });
 */
export class Seq2SeqModel extends PretrainedModel<T5Config, T5Network> {
  /**
   * @param source  what is read: int32 [B, S] or rows of equal length, alone or with a mask
   * @param decoded what the decoder has written so far, with its start token: int32 [B, T]
   * @throws E_SHAPE with both shapes
   */
  forward(source: Source, decoded: TokenInput["ids"]): Seq2SeqOutput {
    const rows = this.#check(source);
    const ids = decoded instanceof Tensor ? decoded : idTensor(decoded);
    const [batch, time] = rows.ids.shape;
    if (ids.rank !== 2 || ids.dtype !== "int32" || ids.shape[0] !== batch) {
      throw new GradlabError(
        "E_SHAPE",
        `The decoder's ids ${specText(ids)} do not fit the source ${specText(rows.ids)}; expected int32[${batch}, T].`,
      );
    }
    const encoded = encodeRows(this.network, this.config, rows);
    const hidden = decodeRows(this.network, this.config, ids, encoded, rows.mask);
    return {
      logits: reshape(this.network.head(hidden), [...ids.shape, this.config.vocabSize]),
      encoded: reshape(encoded, [batch, time, this.config.width]),
    };
  }

  /** The encoder alone. @returns lazy [B, S, D] @throws E_SHAPE */
  encoded(source: Source): Tensor {
    const rows = this.#check(source);
    return reshape(encodeRows(this.network, this.config, rows), [...rows.ids.shape, this.config.width]);
  }

  /**
   * Mean −ln p of the target's tokens, each after those before it, in nats. Targets of −100 do not count.
   *
   * @param target int32 [B, T], with its end token
   * @throws E_SHAPE
   */
  loss(source: Source, target: Tensor): Tensor {
    return countedLoss(this.forward(source, this.shiftRight(target)).logits, target);
  }

  /** What the decoder reads to write a target: the start token, then the target without its last. */
  shiftRight(target: Tensor): Tensor {
    const [batch, time] = target.shape;
    const { startId, padId } = this.config;
    const shown = where(equal(target, IGNORED), padId, target);
    const start = full([batch, 1], startId, "int32");
    return time === 1 ? start : concat([start, slice(shown, 0, time - 1, 1)], 1);
  }

  /**
   * Writes a text for each row: the most likely token at each step, or sampled with `temperature`. The encoder runs once,
   * and the decoder keeps the keys and values of what it has written.
   *
   * @param source texts, or token ids with an optional mask
   * @returns one for each row
   * @throws E_TOKENIZER for texts without a tokenizer; E_SHAPE; E_CONFIG
   */
  generate(
    source: Source | readonly string[],
    options: Seq2SeqGenerateOptions = {},
  ): Promise<Seq2SeqGeneration[]> {
    const given = isTexts(source) ? this.encode(source) : source;
    return generateRows(this, this.#check(given), options);
  }

  /** Texts as one padded batch with its mask. @throws E_TOKENIZER without a tokenizer that can be followed */
  encode(texts: readonly string[]): TextBatch {
    return encodeTexts(texts, this.requireTokenizer(), { padId: this.config.padId });
  }

  #check(source: Source): TokenRows {
    const rows = checkInput(
      "ids" in source ? source : { ids: source },
      { modelType: this.config.modelType },
      this.id,
    );
    return rows.mask ? { ...rows, mask: cast(rows.mask, "bool") } : rows;
  }
}

const isTexts = (source: Source | readonly string[]): source is readonly string[] =>
  Array.isArray(source) && typeof source[0] === "string";

const SEQ2SEQ: Kind<T5Config, T5Network, Seq2SeqModel> = {
  loader: "loadSeq2Seq",
  families: [t5],
  make: (parts) => new Seq2SeqModel(parts),
};

/**
 * Loads a T5 or mT5 folder. Weights are widened to float32.
 *
 * @param ref a folder, or a file of weights with config.json beside it
 * @throws E_MODEL_NOT_FOUND, E_WEIGHTS_UNAVAILABLE, E_UNSUPPORTED_ARCH, E_WEIGHT_MISMATCH, E_FILE_FORMAT
 * @example const model = await loadSeq2Seq("models/flan-t5-small");
 */
export const loadSeq2Seq = (ref: string, options: LoadPretrainedOptions = {}): Promise<Seq2SeqModel> =>
  loadKind(SEQ2SEQ, ref, options);

/**
 * A model with fresh weights.
 *
 * @param json config.json's content
 * @example
 * const sizes = { vocab_size: 20, d_model: 8, d_ff: 16, d_kv: 4, num_layers: 1, num_heads: 2 };
 * const model = createSeq2Seq({ model_type: "t5", ...sizes });
 * model.forward([[5, 6, 1]], [[0, 7]]).logits.shape // [1, 2, 20]
 */
export const createSeq2Seq = (json: ConfigJson, options: CreateOptions = {}): Seq2SeqModel =>
  createKind(SEQ2SEQ, json, options);
