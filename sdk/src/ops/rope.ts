import { apply, defineOp, specText, type OpDefinition, type Tensor } from "../graph/index.js";
import { GradlabError } from "../errors.js";
import { sameShape } from "../tensor/index.js";

type RopeAttrs = { readonly inverse: boolean };

/** Rotates the two halves of each head by an angle that grows with the position. */
export const ropeOp: OpDefinition<RopeAttrs> = defineOp<RopeAttrs>({
  name: "rope",
  doc: "Rotary position embedding, half-split convention.",
  traits: ["linear"],
  shape: ([x, positions, cos, sin]) => {
    const half = x.shape[3] / 2;
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
    if (cos.shape[1] !== half || !sameShape(cos.shape, sin.shape)) {
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
    const half = width / 2;
    const out = new Float64Array(x.data.length);
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
    [false, true].map((inverse) => ({
      inputs: [
        { shape: [2, 3, 2, 4], dtype: "float32" as const },
        { shape: [2, 3], dtype: "int32" as const, values: [0, 1, 2, 1, 2, 3] },
        { shape: [5, 2], dtype: "float32" as const },
        { shape: [5, 2], dtype: "float32" as const },
      ],
      attrs: { inverse },
    })),
});

/**
 * Rotary position embedding: for each head, (x₁, x₂) → (x₁cos − x₂sin, x₂cos + x₁sin), x₁ and x₂ its halves.
 * Gradients flow to x; the tables are constants.
 *
 * @param x         [B, T, H, E]
 * @param positions int32 [B, T]
 * @param cos, sin  [P, E/2]: row p holds the angles of position p
 * @throws E_SHAPE
 * @source Su et al. 2021, eq. 34, in the half-split order of Llama; values: tests/golden/layers.json
 */
export const rope = (x: Tensor, positions: Tensor, cos: Tensor, sin: Tensor): Tensor =>
  apply(ropeOp, [x, positions, cos, sin], { inverse: false });
