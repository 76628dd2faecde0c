import { GradlabError } from "../errors.js";
import { evaluate, grad, Variable, type Tensor } from "../graph/index.js";
import { cast } from "../ops/index.js";
import { byteSize, isFloat, sizeOf, toFloat32 } from "../tensor/index.js";

/**
 * Mixed precision: a model whose weights are stored as float16 or bfloat16, trained through a float32 copy of each,
 * since an update of 1e-4 of a weight is below bfloat16's resolution of 4e-3 and would be lost.
 *
 * What it saves: on a device with half arithmetic, memory traffic and compute. gradlab's CPU engine has no half
 * arithmetic: weights are converted to float32 where they are used and every sum is float32, so training takes
 * *more* memory with master weights (2 + 4 bytes a parameter instead of 4). What is saved on a CPU is what only
 * reads weights: a frozen base model (2 bytes a parameter under LoRA) and files. `memory()` says what is held.
 *
 * @throws E_DTYPE when a working weight is not float16 or bfloat16; E_WEIGHTS_UNAVAILABLE when it has no values yet
 * @source Micikevicius et al. 2018, §3.1
 * @example
 * const half = new Variable(fromNumbers([1, 2], [2], "bfloat16"), "w");
 * const weights = new MasterWeights([half]);
 * const optimizer = new SGD(weights.masters, { learningRate: 0.5 });
 * const loss = half.cast("float32").sum();
 * optimizer.advance();
 * optimizer.assign(weights.gradients(loss));
 * weights.assign();
 * await half.cast("float32").data(); // [0.5, 1.5]
 */
export class MasterWeights {
  /** float32, of the working weights' names. */
  readonly masters: readonly Variable[];

  constructor(readonly working: readonly Variable[]) {
    this.masters = working.map((weight) => {
      const { name, dtype, storage } = weight;
      if (!isFloat(dtype) || byteSize(dtype) !== 2) {
        throw new GradlabError(
          "E_DTYPE",
          `${name} is ${dtype}; master weights are for float16 and bfloat16.`,
        );
      }
      const array = storage?.array;
      if (!array)
        throw new GradlabError("E_WEIGHTS_UNAVAILABLE", `${name} has no values in host memory yet.`);
      return new Variable(toFloat32(array), name);
    });
  }

  /** Gradients with respect to the working weights, rounded to their dtype as on their way back, then float32. */
  gradients(loss: Tensor): Tensor[] {
    return grad(loss, this.working).map((g) => cast(g, "float32"));
  }

  /** Rounds the masters into the working weights; after the optimizer's `assign`. */
  assign(): void {
    this.working.forEach((weight, i) => weight.assign(cast(this.masters[i], weight.dtype)));
  }

  /** The same outside a compiled function. */
  async update(): Promise<void> {
    this.assign();
    await evaluate(this.working);
    for (const weight of this.working) weight.load(weight.storage!);
  }

  /** Bytes of the working weights and of the masters. */
  memory(): { readonly working: number; readonly masters: number } {
    const bytes = (variables: readonly Variable[]): number =>
      variables.reduce((sum, { shape, dtype }) => sum + sizeOf(shape) * byteSize(dtype), 0);
    return { working: bytes(this.working), masters: bytes(this.masters) };
  }
}
