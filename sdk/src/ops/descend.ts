import { apply, defineOp, specText, type Tensor } from "../graph/index.js";
import { GradlabError } from "../errors.js";
import { sameShape } from "../tensor/index.js";

/**
 * The last line of nearly every optimizer: p′ = p·decay − rate·u, for an update direction u of p's shape and two
 * scalars. One op, so that an engine can write p′ over p: the scalar rate is what waits for p's other readers.
 */
export const descendOp = defineOp<Record<string, never>>({
  name: "descend",
  doc: "p·decay − rate·u, for scalars rate and decay.",
  traits: ["elementwise"],
  overwrites: [0],
  shape: ([p, u, rate, decay]) => {
    if (!sameShape(p.shape, u.shape) || [rate, decay].some(({ shape }) => shape.length > 0)) {
      throw new GradlabError(
        "E_SHAPE",
        `descend: parameter ${specText(p)} and direction ${specText(u)} must be alike, rate ${specText(rate)} and decay ${specText(decay)} scalars.`,
      );
    }
    return [{ shape: p.shape, dtype: p.dtype }];
  },
  vjp: { nondifferentiable: "an update rule ends the graph" },
  reference: ([p, u, rate, decay]) => [
    p.data.map((value, i) => value * decay.data[0] - rate.data[0] * u.data[i]),
  ],
  samples: () => {
    const scalar = (value: number) => ({ shape: [], dtype: "float32" as const, values: [value] });
    const matrix = { shape: [2, 3], dtype: "float32" as const };
    return [{ inputs: [matrix, matrix, scalar(0.1), scalar(0.99)], attrs: {} }];
  },
});

/**
 * One step against a direction: p′ = p·decay − rate·u.
 *
 * @param p     the parameter
 * @param u     the direction, of p's shape
 * @param rate  scalar step size
 * @param decay scalar 1 − lr·λ of decoupled weight decay; 1 leaves p as it is and costs nothing
 * @throws E_SHAPE
 * @example descend(tensor([1, 2]), tensor([10, 10]), full([], 0.1), full([], 1)) // [0, 1]
 */
export const descend = (p: Tensor, u: Tensor, rate: Tensor, decay: Tensor): Tensor =>
  apply(descendOp, [p, u, rate, decay], {});
