import { Variable, type Tensor } from "../graph/index.js";
import { add, full, where } from "../ops/index.js";
import { zerosArray } from "../tensor/index.js";

/**
 * Sums of gradients over micro-batches: a large batch in the memory of a small one, for 4 bytes a parameter.
 * Weigh each micro-batch's loss by its share of the whole batch, and the sums equal the whole batch's gradients.
 *
 * @example
 * const w = new Variable(hostArray(Float32Array.of(1, 2), [2]), "w");
 * const [optimizer, sums] = [new SGD([w], { learningRate: 1 }), new GradientAccumulator([w])];
 * const collect = compile((x: Tensor) => {
 *   const loss = x.mul(w).sum();
 *   sums.add(grad(loss, [w]));
 *   return loss;
 * });
 * const finish = compile(() => sums.take((gradients) => (optimizer.assign(gradients), [])));
 * for (const x of [tensor([1, 0]), tensor([0, 1])]) await collect(x);
 * optimizer.advance();
 * await finish();
 * await w.data(); // [0, 1]
 */
export class GradientAccumulator {
  #sums: readonly Variable[] | undefined;

  constructor(readonly parameters: readonly Variable[]) {}

  /** Made when first needed: a run without micro-batches does not pay for them. */
  get #variables(): readonly Variable[] {
    this.#sums ??= this.parameters.map((p) => new Variable(zerosArray(p.shape), `${p.name}.sum`, false));
    return this.#sums;
  }

  /** Adds one micro-batch's gradients, in order; call inside a compiled function. */
  add(gradients: readonly Tensor[]): void {
    this.#variables.forEach((total, i) => total.assign(add(total, gradients[i])));
  }

  /** Hands the sums to `use` and starts again from zero; call inside a compiled function. */
  take<T>(use: (gradients: readonly Tensor[]) => T): T {
    const result = use(this.#variables);
    // Not total · 0, which is NaN for an overflowed sum; and in place, unlike an assignment of zeros.
    const never = full([], 0, "bool");
    this.#variables.forEach((total) => total.assign(where(never, total, 0)));
    return result;
  }
}
