import type { Tensor } from "../../graph/index.js";
import { reshape, slice, tanh } from "../../ops/index.js";
import type { Layers } from "../layers.js";
import { assemblePreNorm, type PreNormNames } from "../pre-norm-block.js";
import type { AssembledNetwork, Family } from "../pretrained.js";
import { parseVitConfig, type VitConfig } from "./config.js";
import { embedPatches } from "./images.js";

export interface VisionNetwork extends AssembledNetwork {
  /** @param images [B, C, H, W] @returns [B, N + 1, D], normalized */
  hidden(images: Tensor): Tensor;
  /** tanh(W h₀ + b). @param hidden [B, N + 1, D] @returns [B, D] */
  readonly pool?: (hidden: Tensor) => Tensor;
  /** @param hidden [B, N + 1, D] @returns [B, labels] */
  readonly logits?: (hidden: Tensor) => Tensor;
}

const NAMES: PreNormNames = {
  query: "attention.attention.query",
  key: "attention.attention.key",
  value: "attention.attention.value",
  mixed: "attention.output.dense",
  firstNorm: "layernorm_before",
  up: "intermediate.dense",
  down: "output.dense",
  secondNorm: "layernorm_after",
};

function assemble(layers: Layers, config: VitConfig): VisionNetwork {
  const { width, channels, imageSize, patchSize, head, labels, eps } = config;
  const count = (imageSize / patchSize) ** 2;
  const tables = {
    first: layers.parameter("vit.embeddings.cls_token", [1, 1, width]),
    positions: layers.parameter("vit.embeddings.position_embeddings", [1, count + 1, width]),
    weight: layers.parameter("vit.embeddings.patch_embeddings.projection.weight", [
      width,
      channels,
      patchSize,
      patchSize,
    ]),
    bias: layers.parameter("vit.embeddings.patch_embeddings.projection.bias", [width], { constant: 0 }),
  };
  const blocks = assemblePreNorm(layers, "vit.encoder.layer", config, NAMES);
  const norm = layers.layerNorm("vit.layernorm", width, eps);
  const first = (hidden: Tensor): Tensor => reshape(slice(hidden, 0, 1, 1), [hidden.shape[0], width]);
  const top =
    head === "none"
      ? layers.linear("vit.pooler.dense", width, width)
      : layers.linear("classifier", width, labels.length);
  return {
    hidden: (images) => {
      const [batch] = images.shape;
      const start = reshape(embedPatches(images, tables), [-1, width]);
      const rows = blocks.reduce((x, block) => block(x, { batch }), start);
      return reshape(norm(rows), [batch, count + 1, width]);
    },
    ...(head === "none"
      ? { pool: (hidden) => tanh(top.forward(first(hidden))) }
      : { logits: (hidden) => top.forward(first(hidden)) }),
  };
}

/**
 * ViT: patches of an image as tokens behind a class token, learned positions, layer norm before each half.
 *
 * @source Dosovitskiy et al. 2021; names and layout as Hugging Face's ViTModel and ViTForImageClassification
 */
export const vit: Family<VitConfig, VisionNetwork> = {
  modelTypes: ["vit"],
  parse: parseVitConfig,
  assemble,
  // The bare model's checkpoint leaves out the prefix.
  storedNames: (name) => [name.replace(/^vit\./, "")],
  isHead: (name) => /^(classifier|vit\.pooler)\./.test(name),
};
