import { apply, defineOp, specText, type OpDefinition, type Tensor } from "../graph/index.js";
import { GradlabError } from "../errors.js";
import { sameShape, sizeOf } from "../tensor/index.js";

type RopeAttrs = { readonly inverse: boolean };

/** Rotates the two halves of each head, or of its first channels, by an angle that grows with the position. */
export const ropeOp: OpDefinition<RopeAttrs> = defineOp<RopeAttrs>({
  name: "rope",
  doc: "Rotary position embedding, half-split convention.",
  traits: ["linear"],
  flops: ([x]) => 3 * sizeOf(x.shape),
  shape: ([x, positions, cos, sin]) => {
    if (
      x.shape.length !== 4 ||
      !sameShape(positions.shape, x.shape.slice(0, 2)) ||
      positions.dtype !== "int32"
    ) {
      throw new GradlabError(
        "E_SHAPE",
        `rope: x is ${specText(x)} and positions ${specText(positions)}; expected [B, T, H, E] and int32 [B, T].`,
      );
    }
    if (2 * cos.shape[1] > x.shape[3] || !sameShape(cos.shape, sin.shape)) {
      throw new GradlabError(
        "E_SHAPE",
        `rope: the tables ${specText(cos)} and ${specText(sin)} do not fit heads of width ${x.shape[3]}.`,
      );
    }
    return [{ shape: x.shape, dtype: x.dtype }];
  },
  vjp: ({ inputs: [, positions, cos, sin], grads: [g], attrs: { inverse } }) => [
    g && apply(ropeOp, [g, positions, cos, sin], { inverse: !inverse }),
  ],
  reference: ([x, positions, cos, sin], { inverse }) => {
    const [, , heads, width] = x.shape;
    const half = cos.shape[1];
    const out = x.data.slice();
    for (let start = 0; start < out.length; start += width) {
      const table = positions.data[Math.floor(start / (heads * width))] * half;
      for (let i = 0; i < half; i++) {
        const c = cos.data[table + i];
        const s = inverse ? -sin.data[table + i] : sin.data[table + i];
        out[start + i] = x.data[start + i] * c - x.data[start + half + i] * s;
        out[start + half + i] = x.data[start + half + i] * c + x.data[start + i] * s;
      }
    }
    return [out];
  },
  samples: () =>
    [
      { inverse: false, width: 4 },
      { inverse: true, width: 4 },
      { inverse: false, width: 6 },
    ].map(({ inverse, width }) => ({
      inputs: [
        { shape: [2, 3, 2, width], dtype: "float32" as const },
        { shape: [2, 3], dtype: "int32" as const, values: [0, 1, 2, 1, 2, 3] },
        { shape: [5, 2], dtype: "float32" as const },
        { shape: [5, 2], dtype: "float32" as const },
      ],
      attrs: { inverse },
    })),
});

/**
 * Rotary position embedding: for each head, (x₁, x₂) → (x₁cos − x₂sin, x₂cos + x₁sin), x₁ and x₂ its halves.
 * Tables narrower than half a head turn its first channels only (partial rotary embedding, GPT-NeoX).
 * Gradients flow to x; the tables are constants.
 *
 * @param x         [B, T, H, E]
 * @param positions int32 [B, T]
 * @param cos, sin  [P, R], R ≤ E/2: row p holds the angles of position p for the first 2R channels
 * @throws E_SHAPE
 * @source Su et al. 2021, eq. 34, in the half-split order of Llama; values: tests/golden/layers.json
 */
export const rope = (x: Tensor, positions: Tensor, cos: Tensor, sin: Tensor): Tensor =>
  apply(ropeOp, [x, positions, cos, sin], { inverse: false });
