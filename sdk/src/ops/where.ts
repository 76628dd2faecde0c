import { apply, defineOp, Tensor } from "../graph/index.js";
import { GradlabError } from "../errors.js";
import { broadcastShapes } from "../tensor/index.js";
import { broadcastIndex, pairOf, requireSameDType, sumTo, type Operand } from "./broadcast.js";

/** condition ? a : b, element by element. */
export const whereOp = defineOp<Record<string, never>>({
  name: "where",
  doc: "condition ? a : b, element by element, with broadcasting.",
  traits: ["elementwise"],
  shape: ([condition, a, b]) => {
    if (condition.dtype !== "bool") {
      throw new GradlabError("E_DTYPE", `where: the condition must be bool, got ${condition.dtype}.`);
    }
    const dtype = requireSameDType("where", [a, b]);
    return [
      { shape: broadcastShapes("where", condition.shape, broadcastShapes("where", a.shape, b.shape)), dtype },
    ];
  },
  vjp: ({ inputs: [condition, a, b], grads: [g] }) => {
    if (!g) return [];
    return [undefined, sumTo(where(condition, g, 0), a.shape), sumTo(where(condition, 0, g), b.shape)];
  },
  reference: ([condition, a, b], _, [out]) => {
    const [ci, ai, bi] = [condition, a, b].map((input) => broadcastIndex(out.shape, input.shape));
    return [Float64Array.from(ci, (c, i) => (condition.data[c] ? a.data[ai[i]] : b.data[bi[i]]))];
  },
  samples: () => [
    {
      inputs: [
        { shape: [2, 3], dtype: "bool", values: [1, 0, 0, 1, 1, 0] },
        { shape: [2, 3], dtype: "float32" },
        { shape: [3], dtype: "float32" },
      ],
      attrs: {},
    },
    ...(["bool", "int8", "uint32", "int64", "bfloat16"] as const).map((dtype) => ({
      inputs: [
        { shape: [2, 1], dtype: "bool" as const, values: [1, 0] },
        { shape: [2, 3], dtype, low: 0, high: 1 },
        { shape: [3], dtype, low: 0, high: 1 },
      ],
      attrs: {},
    })),
  ],
});

/**
 * Chooses from a where the condition holds and from b elsewhere, with broadcasting.
 *
 * @param condition bool tensor
 * @throws E_DTYPE, E_SHAPE
 * @example where(tensor([1, 2]).greater(1), 1, 0) // [0, 1]
 */
export function where(condition: Tensor, a: Operand, b: Operand): Tensor {
  return apply(whereOp, [condition, ...pairOf(a, b)], {});
}
