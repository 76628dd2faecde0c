import type { Spec, Tensor } from "../graph/index.js";
import { abs, add, cast, div, max, maximum, mul, pad, reshape, sign, slice, sqrt } from "../ops/index.js";
import { sizeOf, type Shape } from "../tensor/index.js";

/** Values as 8-bit codes in blocks, each with its largest absolute value as scale. */
export interface BlockState {
  /** uint8 [blocks, block] */
  readonly codes: Tensor;
  /** float32 [blocks, 1] */
  readonly scales: Tensor;
}

/** Which values a code may stand for: signed has 255 levels from −1 to 1, unsigned 256 from 0 to 1. */
export type BlockRange = "signed" | "unsigned";

export const blocksOf = (shape: Shape, block: number): number => Math.ceil(sizeOf(shape) / block);

export const blockSpecs = (shape: Shape, block: number): { codes: Spec; scales: Spec } => ({
  codes: { shape: [blocksOf(shape, block), block], dtype: "uint8" },
  scales: { shape: [blocksOf(shape, block), 1], dtype: "float32" },
});

/** Smallest scale, so that a block of zeros divides by something. */
const TINY = 1e-37;

/**
 * Values to codes, block by block: linear in the (signed) fourth root of x / max|x|. Like the dynamic tree map of
 * 8-bit optimizers it is fine near 0 and spans seven decades, but it needs no search: two square roots.
 *
 *   signed: code = ⌊127·sign(y)·|y|^¼ + 128.5⌋,  unsigned: code = ⌊255·y^¼ + 0.5⌋,  y = x / max|x| of the block
 *
 * @source blocks and their scale: Dettmers et al. 2022, "8-bit optimizers via block-wise quantization", §2
 */
export function encodeBlocks(x: Tensor, block: number, range: BlockRange): BlockState {
  const count = sizeOf(x.shape);
  const blocks = blocksOf(x.shape, block);
  const flat = reshape(x, [count]);
  const missing = blocks * block - count;
  const full = missing > 0 ? pad(flat, { axis: 0, before: 0, after: missing }) : flat;
  const rows = reshape(full, [blocks, block]);
  const size = range === "signed" ? abs(rows) : rows;
  const scales = maximum(max(size, { axes: [1], keepDims: true }), TINY);
  const root = sqrt(sqrt(div(size, scales)));
  const level = range === "signed" ? add(mul(mul(root, sign(rows)), 127), 128.5) : add(mul(root, 255), 0.5);
  return { codes: cast(level, "uint8"), scales };
}

/** Codes back to values of a shape. */
export function decodeBlocks({ codes, scales }: BlockState, shape: Shape, range: BlockRange): Tensor {
  const level = cast(codes, "float32");
  const y = range === "signed" ? mul(add(level, -128), 1 / 127) : mul(level, 1 / 255);
  const square = mul(y, y);
  const fourth = mul(square, range === "signed" ? mul(y, abs(y)) : square);
  const values = reshape(mul(fourth, scales), [-1]);
  const count = sizeOf(shape);
  return reshape(values.shape[0] > count ? slice(values, 0, count) : values, shape);
}
