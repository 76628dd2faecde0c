import { GradlabError } from "../../errors.js";
import { specText, type Tensor, type Variable } from "../../graph/index.js";
import { concat, div, expand, matmul, mul, reshape, sub, tensor, transpose } from "../../ops/index.js";
import { sameShape } from "../../tensor/index.js";

/** The images a model takes. */
export interface ImageSizes {
  readonly channels: number;
  /** Height and width. */
  readonly imageSize: number;
  /** Height and width of a patch. */
  readonly patchSize: number;
}

/** @throws E_SHAPE with both shapes */
export function checkImages(images: Tensor, { channels, imageSize }: ImageSizes): void {
  const wanted = [channels, imageSize, imageSize];
  if (images.rank === 4 && sameShape(images.shape.slice(1), wanted) && images.dtype === "float32") return;
  throw new GradlabError(
    "E_SHAPE",
    `The images are ${specText(images)}, the model takes float32[B, ${wanted.join(", ")}].`,
    {
      hint: "Resize them, and put the channels before height and width.",
    },
  );
}

/** Patches of each image, one behind the other: what a convolution with stride P would multiply. @returns [B, N, C·P·P] */
export function patchesOf(images: Tensor, patch: number): Tensor {
  const [batch, channels, height, width] = images.shape;
  const [rows, columns] = [height / patch, width / patch];
  const apart = reshape(images, [batch, channels, rows, patch, columns, patch]);
  return reshape(transpose(apart, [0, 2, 4, 1, 3, 5]), [batch, rows * columns, channels * patch * patch]);
}

export interface PatchTables {
  /** A convolution's weight [D, C, P, P]. */
  readonly weight: Variable;
  /** [D] */
  readonly bias?: Variable;
  /** What stands before the patches; any shape of D elements. */
  readonly first: Variable;
  /** Any shape of (N + 1) · D elements. */
  readonly positions: Variable;
}

/** Patches as vectors behind a first one, with their positions added. @returns [B, N + 1, D] */
export function embedPatches(images: Tensor, { weight, bias, first, positions }: PatchTables): Tensor {
  const [width, , patch] = weight.shape;
  const [batch] = images.shape;
  const kernel = reshape(weight, [width, -1]);
  const patches = matmul(patchesOf(images, patch), kernel, { transB: true, ...(bias ? { bias } : {}) });
  const whole = concat([expand(reshape(first, [1, 1, width]), [batch, 1, width]), patches], 1);
  return whole.add(reshape(positions, [1, -1, width]));
}

export interface ImageStatistics {
  /** One for each channel. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
  /** Factor of the pixels before that. Default 1/255: pixels are 0 … 255. */
  readonly scale?: number;
}

/**
 * Pixels as a model wants them: (scale · x − mean) / std, channel by channel.
 *
 * @param images float32 [B, C, H, W]
 * @throws E_SHAPE when mean or std do not have one number for each channel
 * @example normalizeImages(full([1, 1, 2, 2], 255), { mean: [0.5], std: [0.5] }) // [[[[1, 1], [1, 1]]]]
 */
export function normalizeImages(images: Tensor, { mean, std, scale = 1 / 255 }: ImageStatistics): Tensor {
  const channels = images.shape[1];
  if (images.rank !== 4 || mean.length !== channels || std.length !== channels) {
    throw new GradlabError(
      "E_SHAPE",
      `${mean.length} means and ${std.length} deviations do not fit images ${specText(images)}, expected [B, C, H, W].`,
    );
  }
  const row = (values: readonly number[]): Tensor => reshape(tensor(values), [1, channels, 1, 1]);
  return div(sub(mul(images, scale), row(mean)), row(std));
}

/** What preprocessor_config.json says of the pixels; `fallback` without that file. */
export function imageStatistics(
  files: ReadonlyMap<string, Uint8Array>,
  fallback: ImageStatistics,
): ImageStatistics {
  const file = files.get("preprocessor_config.json");
  if (!file) return fallback;
  const json = JSON.parse(new TextDecoder().decode(file)) as {
    readonly image_mean?: readonly number[];
    readonly image_std?: readonly number[];
    readonly rescale_factor?: number;
  };
  return {
    mean: json.image_mean ?? fallback.mean,
    std: json.image_std ?? fallback.std,
    scale: json.rescale_factor ?? fallback.scale ?? 1 / 255,
  };
}
