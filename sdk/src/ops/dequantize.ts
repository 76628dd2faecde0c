import { apply, defineOp, specText, type Tensor } from "../graph/index.js";
import { GradlabError } from "../errors.js";
import { sameShape, sizeOf } from "../tensor/index.js";
import { unpackBlocks } from "./quant-matmul.js";

type DequantizeAttrs = { readonly bits: number; readonly block: number; readonly columns: number };

/** Block-quantized weights as floats. */
export const dequantizeOp = defineOp<DequantizeAttrs>({
  name: "dequantize",
  doc: "(q − 2^(bits−1)) · scale, block by block: packed […, blocks, bytes] → […, columns].",
  traits: [],
  shape: ([packed, scales], { bits, block, columns }) => {
    const [blocks, bytes] = packed.shape.slice(-2);
    const fits =
      blocks === Math.ceil(columns / block) &&
      bytes === (block * bits) / 8 &&
      sameShape(scales.shape, packed.shape.slice(0, -1));
    if (!fits) {
      throw new GradlabError(
        "E_SHAPE",
        `dequantize: ${specText(packed)} and scales ${specText(scales)} do not hold ${columns} columns in blocks of ${block} × ${bits} bits.`,
      );
    }
    return [{ shape: [...packed.shape.slice(0, -2), columns], dtype: scales.dtype }];
  },
  vjp: { nondifferentiable: "integers have no derivative" },
  reference: ([packed, scales], attrs) => [
    unpackBlocks(packed.data, scales.data, { ...attrs, rows: sizeOf(packed.shape.slice(0, -2)) }),
  ],
  samples: () =>
    [8, 4].flatMap((bits) =>
      [[3], [2, 3]].map((lead) => ({
        inputs: [
          { shape: [...lead, 2, (32 * bits) / 8], dtype: "uint8" as const, low: 0, high: 255 },
          { shape: [...lead, 2], dtype: "float32" as const, low: 0.01, high: 0.02 },
        ],
        attrs: { bits, block: 32, columns: 40 },
      })),
    ),
});

/**
 * Block-quantized weights as floats: (q − 2^(bits−1)) · scale.
 *
 * @param packed uint8 […, ⌈columns/block⌉, block·bits/8]; for 4 bits the low nibble comes first
 * @param scales […, ⌈columns/block⌉]
 * @returns      […, columns]
 * @throws E_SHAPE
 * @example dequantize(gather(packed, ids), gather(scales, ids), { bits: 8, block: 32, columns: 192 })
 */
export const dequantize = (packed: Tensor, scales: Tensor, attrs: DequantizeAttrs): Tensor =>
  apply(dequantizeOp, [packed, scales], attrs);
