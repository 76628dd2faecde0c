import type { Tensor, Variable } from "../../graph/index.js";
import type { Embedding } from "../../nn/index.js";
import { add, arange, argMax, cast, equal, gather, reshape, slice } from "../../ops/index.js";
import type { Layers } from "../layers.js";
import { assemblePreNorm, type PreNormNames } from "../pre-norm-block.js";
import type { AssembledNetwork, Family } from "../pretrained.js";
import type { TokenRows } from "../token-input.js";
import { unitRows } from "../unit-rows.js";
import { embedPatches } from "../vision/images.js";
import { parseClipConfig, type ClipConfig } from "./config.js";

export interface ClipNetwork extends AssembledNetwork {
  readonly embedding: Embedding;
  /** ln of the factor of the cosines; one number. */
  readonly logitScale: Variable;
  /** @returns [B, P], unit length */
  text(rows: TokenRows): Tensor;
  /** @param images [B, C, H, W] @returns [B, P], unit length */
  image(images: Tensor): Tensor;
}

const NAMES: PreNormNames = {
  query: "self_attn.q_proj",
  key: "self_attn.k_proj",
  value: "self_attn.v_proj",
  mixed: "self_attn.out_proj",
  firstNorm: "layer_norm1",
  up: "mlp.fc1",
  down: "mlp.fc2",
  secondNorm: "layer_norm2",
};

/** A causal transformer over the text; its vector is that of the end token. */
function assembleText(layers: Layers, { text, projection }: ClipConfig) {
  const { width, eps, end } = text;
  const tokens = layers.table("text_model.embeddings.token_embedding", text.vocabSize, width);
  const positions = layers.table("text_model.embeddings.position_embedding", text.maxPositions, width);
  const blocks = assemblePreNorm(layers, "text_model.encoder.layers", text, NAMES);
  const norm = layers.layerNorm("text_model.final_layer_norm", width, eps);
  const project = layers.linear("text_projection", width, projection, { bias: false });
  const embed = ({ ids, mask }: TokenRows): Tensor => {
    const [batch, time] = ids.shape;
    const start = add(tokens.lookup(ids), slice(positions.weight, 0, time));
    const seen = { batch, causal: true, ...(mask ? { mask: reshape(mask, [batch, 1, 1, time]) } : {}) };
    const rows = blocks.reduce((x, block) => block(x, seen), reshape(start, [batch * time, width]));
    const place = argMax(end === "highest" ? ids : cast(equal(ids, end), "int32"), { axis: 1 });
    const ends = gather(norm(rows), add(place, arange(batch, { step: time })));
    return unitRows(project.forward(ends));
  };
  return { tokens, embed };
}

/** A vision transformer with a layer norm before its blocks; an image's vector is that of the class token. */
function assembleVision(layers: Layers, { vision, projection }: ClipConfig): (images: Tensor) => Tensor {
  const { width, eps, channels, imageSize, patchSize } = vision;
  const at = (name: string): string => `vision_model.${name}`;
  const count = (imageSize / patchSize) ** 2 + 1;
  const tables = {
    first: layers.parameter(at("embeddings.class_embedding"), [width]),
    weight: layers.parameter(at("embeddings.patch_embedding.weight"), [
      width,
      channels,
      patchSize,
      patchSize,
    ]),
    positions: layers.parameter(at("embeddings.position_embedding.weight"), [count, width]),
  };
  // The checkpoints' own spelling.
  const before = layers.layerNorm(at("pre_layrnorm"), width, eps);
  const blocks = assemblePreNorm(layers, at("encoder.layers"), vision, NAMES);
  const norm = layers.layerNorm(at("post_layernorm"), width, eps);
  const project = layers.linear("visual_projection", width, projection, { bias: false });
  return (images) => {
    const [batch] = images.shape;
    const start = reshape(before(embedPatches(images, tables)), [batch * count, width]);
    const rows = blocks.reduce((x, block) => block(x, { batch }), start);
    const first = gather(rows, arange(batch, { step: count }));
    return unitRows(project.forward(norm(first)));
  };
}

function assemble(layers: Layers, config: ClipConfig): ClipNetwork {
  const logitScale = layers.parameter("logit_scale", [], { constant: config.logitScale });
  const { tokens, embed } = assembleText(layers, config);
  return { embedding: tokens, logitScale, text: embed, image: assembleVision(layers, config) };
}

/**
 * CLIP: a text and a vision transformer projected into one space, where what belongs together is near.
 *
 * @source Radford et al. 2021; names and layout as Hugging Face's CLIPModel
 */
export const clip: Family<ClipConfig, ClipNetwork> = {
  modelTypes: ["clip"],
  parse: parseClipConfig,
  assemble,
};
