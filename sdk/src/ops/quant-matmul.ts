import { apply, defineOp, specText, type Tensor } from "../graph/index.js";
import { GradlabError } from "../errors.js";
import { sameShape, sizeOf } from "../tensor/index.js";
import { dequantize } from "./dequantize.js";
import { matmul } from "./matmul.js";

type QuantAttrs = {
  /** 4 or 8. */
  readonly bits: number;
  /** Weights that share a scale. */
  readonly block: number;
  /** 0: exact products of dequantized weights; 4: activations rounded to int8 on the fly. */
  readonly accuracyLevel: number;
};

/** x · Wᵀ with W stored in blocks of 4- or 8-bit integers. */
export const quantMatmulOp = defineOp<QuantAttrs>({
  name: "quantMatmul",
  doc: "x · Wᵀ with W [N, K] stored as blocks of integers with a scale each.",
  traits: ["contraction", "linear"],
  flops: ([x], [y]) => 2 * sizeOf(y.shape) * x.shape[x.shape.length - 1],
  shape: ([x, packed, scales], { bits, block }) => {
    const [n, blocks, bytes] = packed.shape;
    const k = x.shape[x.shape.length - 1];
    const fits =
      blocks === Math.ceil(k / block) && bytes === (block * bits) / 8 && sameShape(scales.shape, [n, blocks]);
    if (!fits) {
      throw new GradlabError(
        "E_SHAPE",
        `quantMatmul: x ${specText(x)}, weights ${specText(packed)} and scales ${specText(scales)} do not fit blocks of ${block} × ${bits} bits.`,
      );
    }
    return [{ shape: [...x.shape.slice(0, -1), n], dtype: x.dtype }];
  },
  vjp: ({ inputs: [x, packed, scales], grads: [g], attrs: { bits, block } }) => [
    g && matmul(g, dequantize(packed, scales, { bits, block, columns: x.shape[x.rank - 1] })),
  ],
  reference: ([x, packed, scales], attrs) => {
    const k = x.shape[x.shape.length - 1];
    const rows = x.data.length / k;
    const [n] = packed.shape;
    const w = unpackBlocks(packed.data, scales.data, { ...attrs, rows: n, columns: k });
    const y = new Float64Array(rows * n);
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < n; j++) {
        let total = 0;
        for (let p = 0; p < k; p++) total += x.data[i * k + p] * w[j * k + p];
        y[i * n + j] = total;
      }
    }
    return [y];
  },
  samples: () =>
    [8, 4].map((bits) => ({
      inputs: [
        { shape: [2, 40], dtype: "float32" as const },
        { shape: [3, 2, (32 * bits) / 8], dtype: "uint8" as const, low: 0, high: 255 },
        { shape: [3, 2], dtype: "float32" as const, low: 0.01, high: 0.02 },
      ],
      attrs: { bits, block: 32, accuracyLevel: 0 },
    })),
});

/** Weights of block storage in double precision: (q − 2^(bits−1)) · scale, low nibble first for 4 bits. */
export function unpackBlocks(
  packed: ArrayLike<number>,
  scales: ArrayLike<number>,
  { bits, block, rows, columns }: { bits: number; block: number; rows: number; columns: number },
): Float64Array {
  const blocks = Math.ceil(columns / block);
  const zero = 2 ** (bits - 1);
  const out = new Float64Array(rows * columns);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) {
      const at = r * blocks * block + c;
      const q = bits === 8 ? packed[at] : (packed[at >> 1] >> (4 * (at & 1))) & 15;
      out[r * columns + c] = (q - zero) * scales[r * blocks + Math.floor(c / block)];
    }
  }
  return out;
}

/**
 * x · Wᵀ with block-quantized W; gradients flow to x only, through the dequantized weights.
 *
 * @param x      […, K]
 * @param packed uint8 [N, ⌈K/block⌉, block·bits/8]
 * @param scales [N, ⌈K/block⌉]
 * @returns      […, N]
 * @throws E_SHAPE
 * @source ONNX Runtime contrib operator MatMulNBits
 */
export const quantMatmul = (x: Tensor, packed: Tensor, scales: Tensor, attrs: QuantAttrs): Tensor =>
  apply(quantMatmulOp, [x, packed, scales], attrs);
