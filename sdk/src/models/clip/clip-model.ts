import { GradlabError } from "../../errors.js";
import { specText, type Tensor } from "../../graph/index.js";
import { add, arange, crossEntropy, exp, matmul, mul, transpose } from "../../ops/index.js";
import type { ConfigJson } from "../architecture.js";
import {
  createKind,
  loadKind,
  type CreateOptions,
  type Kind,
  type LoadPretrainedOptions,
} from "../load-pretrained.js";
import { PretrainedModel } from "../pretrained.js";
import { checkInput, encodeTexts, type TextBatch, type TokenInput } from "../token-input.js";
import { checkImages, imageStatistics, normalizeImages } from "../vision/images.js";
import type { ClipConfig } from "./config.js";
import { clip, type ClipNetwork } from "./network.js";

/** Lazy outputs: only what is read is computed. */
export interface ClipOutput {
  /** [texts, P], unit length. */
  readonly textVectors: Tensor;
  /** [images, P], unit length. */
  readonly imageVectors: Tensor;
  /** e^s · cosines [images, texts]; its softmax over the texts says which one fits an image. */
  readonly logitsPerImage: Tensor;
}

/** OpenAI's mean and deviation of red, green and blue. */
const DEFAULT_STATISTICS = {
  mean: [0.48145466, 0.4578275, 0.40821073],
  std: [0.26862954, 0.26130258, 0.27577711],
};

/**
 * Texts and images in one space (CLIP). Images are tensors; gradlab decodes no files.
 *
 * @example
 * const both = await loadClip("models/clip-vit-base-patch32");
 * const { logitsPerImage } = both.forward([[49406, 320, 2368, 49407]], both.normalize(zeros([1, 3, 224, 224])));
 */
export class ClipModel extends PretrainedModel<ClipConfig, ClipNetwork> {
  /** Pixels 0 … 255 as preprocessor_config.json asks for them; without that file, by OpenAI's statistics. */
  normalize(images: Tensor): Tensor {
    return normalizeImages(images, imageStatistics(this.files, DEFAULT_STATISTICS));
  }

  /** @param input ids int32 [B, T], alone or with a mask @returns lazy [B, P], unit length @throws E_SHAPE */
  embedTexts(input: TokenInput | TokenInput["ids"]): Tensor {
    const limits = { modelType: "clip", maxPositions: this.config.text.maxPositions };
    return this.network.text(checkInput("ids" in input ? input : { ids: input }, limits, this.id));
  }

  /** @param images float32 [B, C, S, S], normalized @returns lazy [B, P], unit length @throws E_SHAPE */
  embedImages(images: Tensor): Tensor {
    checkImages(images, this.config.vision);
    return this.network.image(images);
  }

  /** Every text against every image. @throws E_SHAPE */
  forward(texts: TokenInput | TokenInput["ids"], images: Tensor): ClipOutput {
    const [textVectors, imageVectors] = [this.embedTexts(texts), this.embedImages(images)];
    const cosines = matmul(imageVectors, textVectors, { transB: true });
    return { textVectors, imageVectors, logitsPerImage: mul(cosines, exp(this.network.logitScale)) };
  }

  /**
   * The contrastive loss of pairs: the i-th text belongs to the i-th image. The mean of choosing the text for each image and
   * the image for each text, in nats.
   *
   * @throws E_SHAPE when there are not as many texts as images
   * @source Radford et al. 2021, fig. 3
   */
  loss(texts: TokenInput | TokenInput["ids"], images: Tensor): Tensor {
    const { logitsPerImage } = this.forward(texts, images);
    const [rows, columns] = logitsPerImage.shape;
    if (rows !== columns) {
      throw new GradlabError(
        "E_SHAPE",
        `${columns} texts and ${rows} images ${specText(images)} make no pairs.`,
      );
    }
    const own = arange(rows);
    const perText = transpose(logitsPerImage, [1, 0]);
    return mul(add(crossEntropy(logitsPerImage, own), crossEntropy(perText, own)), 0.5);
  }

  /** Texts as one padded batch with its mask. @throws E_TOKENIZER without a tokenizer that can be followed */
  encode(texts: readonly string[]): TextBatch {
    return encodeTexts(texts, this.requireTokenizer(), { padId: this.config.text.padId });
  }
}

const CLIP: Kind<ClipConfig, ClipNetwork, ClipModel> = {
  loader: "loadClip",
  families: [clip],
  make: (parts) => new ClipModel(parts),
};

/**
 * Loads a CLIP folder. Weights are widened to float32.
 *
 * @param ref a folder, or a file of weights with config.json beside it
 * @throws E_MODEL_NOT_FOUND, E_WEIGHTS_UNAVAILABLE, E_UNSUPPORTED_ARCH, E_WEIGHT_MISMATCH, E_FILE_FORMAT
 * @example const both = await loadClip("models/clip-vit-base-patch32");
 */
export const loadClip = (ref: string, options: LoadPretrainedOptions = {}): Promise<ClipModel> =>
  loadKind(CLIP, ref, options);

/**
 * A model with fresh weights.
 *
 * @param json config.json's content
 * @example
 * const tower = { hidden_size: 8, intermediate_size: 16, num_hidden_layers: 1, num_attention_heads: 2 };
 * const both = createClip({
 *   model_type: "clip",
 *   projection_dim: 4,
 *   text_config: { ...tower, vocab_size: 10, eos_token_id: 9 },
 *   vision_config: { ...tower, image_size: 4, patch_size: 2 },
 * });
 * both.forward([[1, 9], [2, 9]], zeros([3, 3, 4, 4])).logitsPerImage.shape // [3, 2]
 */
export const createClip = (json: ConfigJson, options: CreateOptions = {}): ClipModel =>
  createKind(CLIP, json, options);
