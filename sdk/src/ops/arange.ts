import { apply, defineOp, type Tensor } from "../graph/index.js";
import { GradlabError } from "../errors.js";
import type { DType } from "../tensor/index.js";

type ArangeAttrs = {
  readonly length: number;
  readonly start: number;
  readonly step: number;
  readonly dtype: string;
};

/** start, start + step, …: as many as `length`. Made inside the program, so that the length may be symbolic. */
export const arangeOp = defineOp<ArangeAttrs>({
  name: "arange",
  doc: "Evenly spaced numbers: start + step · i for i below length.",
  traits: [],
  shape: (_, { length, dtype }) => {
    if (!Number.isInteger(length) || length < 0) {
      throw new GradlabError("E_SHAPE", `arange: a length of ${length} is not a number of elements.`);
    }
    return [{ shape: [length], dtype: dtype as DType }];
  },
  vjp: { nondifferentiable: "it has no inputs" },
  reference: (_, { length, start, step }) => [Float64Array.from({ length }, (_, i) => start + step * i)],
  samples: () => [
    { inputs: [], attrs: { length: 5, start: 0, step: 1, dtype: "int32" } },
    { inputs: [], attrs: { length: 4, start: 0.5, step: -0.1, dtype: "float32" } },
  ],
});

export interface ArangeOptions {
  /** The first number. Default 0. */
  readonly start?: number;
  /** The distance of neighbours. Default 1. */
  readonly step?: number;
  /** Default int32. */
  readonly dtype?: DType;
}

/**
 * Evenly spaced numbers: start + step · i for i = 0 … length − 1.
 *
 * @throws E_SHAPE for a length that is no natural number
 * @example
 * await arange(4).data(); // Int32Array [0, 1, 2, 3]
 * await arange(3, { start: 1, step: 0.5, dtype: "float32" }).data(); // [1, 1.5, 2]
 */
export const arange = (
  length: number,
  { start = 0, step = 1, dtype = "int32" }: ArangeOptions = {},
): Tensor => apply(arangeOp, [], { length, start, step, dtype });
