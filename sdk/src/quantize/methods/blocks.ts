import { GradlabError } from "../../errors.js";
import { fromHalfBits, toHalfBits } from "../../tensor/index.js";

/** A weight with its outputs as rows. */
export interface WeightRows {
  readonly name: string;
  /** [rows, columns] */
  readonly data: Float32Array;
  readonly rows: number;
  readonly columns: number;
}

/** A weight in blocks of integers; see quantMatmul for the layout. */
export interface FittedBlocks {
  /** [rows, ⌈columns/block⌉, block·bits/8] */
  readonly packed: Uint8Array;
  /** [rows, ⌈columns/block⌉]; half precision holds every one exactly. */
  readonly scales: Float32Array;
  /** 10·log₁₀(Σw² / Σ(w − ŵ)²), decibels; infinite when nothing was lost. */
  readonly sqnrDb: number;
}

export interface BlockRule {
  readonly bits: 4 | 8;
  readonly block: number;
  /** The scale for a block whose smallest and largest weights are these; its sign may be negative. */
  readonly scaleOf: (low: number, high: number) => number;
}

/**
 * Rounds every weight to the nearest multiple of its block's scale: q = round(w / scale) + 2^(bits−1).
 *
 * Scales are rounded away from zero to half precision, so that no weight leaves the range of the integers, and
 * files need two bytes for each: |w − ŵ| ≤ |scale| / 2 for every weight.
 *
 * @throws E_FILE_FORMAT when a weight is not finite
 */
export function fitBlocks(weight: WeightRows, { bits, block, scaleOf }: BlockRule): FittedBlocks {
  const { data, rows, columns } = weight;
  const groups = Math.ceil(columns / block);
  const zero = 2 ** (bits - 1);
  const integers = new Uint8Array(rows * groups * block).fill(zero);
  const scales = new Float32Array(rows * groups);
  let signal = 0;
  let noise = 0;
  for (let row = 0; row < rows; row++) {
    for (let group = 0; group < groups; group++) {
      const from = row * columns + group * block;
      const length = Math.min(block, columns - group * block);
      const at = row * groups + group;
      const scale = wideHalf(scaleOf(...rangeOf(weight, from, length)));
      scales[at] = scale;
      for (let i = 0; i < length; i++) {
        const w = data[from + i];
        const q = scale === 0 ? 0 : Math.round(w / scale);
        integers[at * block + i] = q + zero;
        signal += w * w;
        noise += (w - q * scale) ** 2;
      }
    }
  }
  const sqnrDb = 10 * Math.log10(signal / noise);
  return {
    packed: bits === 8 ? integers : packNibbles(integers),
    scales,
    sqnrDb: noise === 0 ? Infinity : sqnrDb,
  };
}

function rangeOf({ name, data, rows, columns }: WeightRows, from: number, length: number): [number, number] {
  let [low, high] = [0, 0];
  for (let i = from; i < from + length; i++) {
    const w = data[i];
    if (!Number.isFinite(w) || Math.abs(w) > LARGEST) {
      throw new GradlabError(
        "E_FILE_FORMAT",
        `${name} [${rows}, ${columns}] holds ${w} at [${Math.floor(i / columns)}, ${i % columns}], which no block can hold.`,
        { hint: "The model is damaged: train it again with a lower learning rate, or skip this layer." },
      );
    }
    if (w < low) low = w;
    if (w > high) high = w;
  }
  return [low, high];
}

/** Beyond this the scale would not fit half precision. */
const LARGEST = 65504 * 7;

/** The half-precision number next to x, away from zero. */
function wideHalf(x: number): number {
  const magnitude = Math.abs(x);
  const bits = toHalfBits(magnitude);
  const half = fromHalfBits(bits) < magnitude ? fromHalfBits(bits + 1) : fromHalfBits(bits);
  return x < 0 ? -half : half;
}

/** Two integers below 16 a byte, the first in the low half. */
function packNibbles(integers: Uint8Array): Uint8Array {
  return Uint8Array.from(
    { length: integers.length / 2 },
    (_, i) => integers[2 * i] | (integers[2 * i + 1] << 4),
  );
}
