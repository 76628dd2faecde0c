import { apply, defineOp, type Tensor } from "../graph/index.js";
import { unpackBlocks } from "./quant-matmul.js";

type DequantizeAttrs = { readonly bits: number; readonly block: number; readonly columns: number };

/** Block-quantized weights as floats. */
export const dequantizeOp = defineOp<DequantizeAttrs>({
  name: "dequantize",
  doc: "(q − 2^(bits−1)) · scale, block by block: packed [N, blocks, bytes] → [N, columns].",
  traits: [],
  shape: ([packed, scales], { columns }) => [{ shape: [packed.shape[0], columns], dtype: scales.dtype }],
  vjp: { nondifferentiable: "integers have no derivative" },
  reference: ([packed, scales], attrs) => [
    unpackBlocks(packed.data, scales.data, { ...attrs, rows: packed.shape[0] }),
  ],
  samples: () =>
    [8, 4].map((bits) => ({
      inputs: [
        { shape: [3, 2, (32 * bits) / 8], dtype: "uint8" as const, low: 0, high: 255 },
        { shape: [3, 2], dtype: "float32" as const, low: 0.01, high: 0.02 },
      ],
      attrs: { bits, block: 32, columns: 40 },
    })),
});

/** Block-quantized weights as floats: (q − 2^(bits−1)) · scale. @returns [N, columns] */
export const dequantize = (packed: Tensor, scales: Tensor, attrs: DequantizeAttrs): Tensor =>
  apply(dequantizeOp, [packed, scales], attrs);
