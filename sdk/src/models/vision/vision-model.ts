import { GradlabError } from "../../errors.js";
import type { Tensor } from "../../graph/index.js";
import { crossEntropy } from "../../ops/index.js";
import type { ConfigJson } from "../architecture.js";
import { withHead, type HeadOptions } from "../heads.js";
import {
  createKind,
  loadKind,
  type CreateOptions,
  type Kind,
  type LoadPretrainedOptions,
} from "../load-pretrained.js";
import { PretrainedModel } from "../pretrained.js";
import { VISION_ENDINGS, type VisionHead, type VitConfig } from "./config.js";
import { checkImages, imageStatistics, normalizeImages } from "./images.js";
import { vit, type VisionNetwork } from "./vit.js";

/** Lazy outputs: only what is read is computed. */
export interface VisionOutput {
  /** [B, N + 1, D]: the class token, then the patches row by row. */
  readonly hidden: Tensor;
  /** tanh(W h₀ + b) of the class token, without a head. [B, D] */
  readonly pooled?: Tensor;
  /** [B, labels] */
  readonly logits?: Tensor;
}

/** Pixels from 0 … 255 to −1 … 1. */
const DEFAULT_STATISTICS = { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] };

/**
 * A vision transformer: an image's patches are its tokens. Images are tensors; gradlab decodes no files. Dropout is not
 * applied.
 *
 * @example
 * const vision = await loadVision("models/vit", { head: "image-classification", labels: ["cat", "dog"] });
 * const { logits } = vision.forward(vision.normalize(zeros([1, 3, 224, 224])));
 */
export class VisionModel extends PretrainedModel<VitConfig, VisionNetwork> {
  /** Names of the head's classes. */
  get labels(): readonly string[] {
    return this.config.labels;
  }

  /** Pixels 0 … 255 as preprocessor_config.json asks for them; without that file, (x/255 − 0.5) / 0.5. */
  normalize(images: Tensor): Tensor {
    return normalizeImages(images, imageStatistics(this.files, DEFAULT_STATISTICS));
  }

  /** @param images float32 [B, C, S, S], normalized @throws E_SHAPE with both shapes */
  forward(images: Tensor): VisionOutput {
    checkImages(images, this.config);
    const hidden = this.network.hidden(images);
    const { pool, logits } = this.network;
    return {
      hidden,
      ...(pool ? { pooled: pool(hidden) } : {}),
      ...(logits ? { logits: logits(hidden) } : {}),
    };
  }

  /**
   * Mean cross-entropy of the classes, nats.
   *
   * @param classes int32 [B]
   * @throws E_SHAPE; E_CONFIG for a model without a head
   */
  loss(images: Tensor, classes: Tensor): Tensor {
    const { logits } = this.forward(images);
    if (logits) return crossEntropy(logits, classes);
    throw new GradlabError("E_CONFIG", `${this.id} has no head to train.`, {
      hint: 'Load it with loadVision(folder, { head: "image-classification", labels: 2 }).',
    });
  }
}

const VISION: Kind<VitConfig, VisionNetwork, VisionModel> = {
  loader: "loadVision",
  families: [vit],
  make: (parts) => new VisionModel(parts),
};

export interface LoadVisionOptions extends LoadPretrainedOptions, HeadOptions<VisionHead> {
  /** Starts the head afresh even where the checkpoint has one, for other classes. Default false. */
  readonly newHead?: boolean;
}

/**
 * Loads a ViT folder. With `head`, parameters of a head that the checkpoint does not have start afresh; `initialized` names
 * them. Weights are widened to float32.
 *
 * @param ref a folder, or a file of weights with config.json beside it
 * @throws E_MODEL_NOT_FOUND, E_WEIGHTS_UNAVAILABLE, E_UNSUPPORTED_ARCH, E_WEIGHT_MISMATCH, E_FILE_FORMAT
 * @example const vision = await loadVision("models/vit-base-patch16-224");
 */
export function loadVision(ref: string, options: LoadVisionOptions = {}): Promise<VisionModel> {
  const fresh = options.newHead ? "all" : options.head ? "missing" : "none";
  return loadKind(VISION, ref, { ...options, adapt: adapting(options), fresh });
}

/**
 * A vision transformer with fresh weights.
 *
 * @param json config.json's content
 * @example
 * const sizes = { hidden_size: 8, intermediate_size: 16, num_hidden_layers: 1, num_attention_heads: 2, image_size: 4, patch_size: 2 };
 * const vision = createVision({ model_type: "vit", ...sizes }, { head: "image-classification", labels: 3 });
 * vision.forward(zeros([2, 3, 4, 4])).logits!.shape // [2, 3]
 */
export const createVision = (
  json: ConfigJson,
  options: CreateOptions & HeadOptions<VisionHead> = {},
): VisionModel => createKind(VISION, json, { ...options, adapt: adapting(options) });

const adapting =
  (options: HeadOptions<VisionHead>) =>
  (json: ConfigJson): ConfigJson =>
    withHead(json, "ViT", VISION_ENDINGS, options);
