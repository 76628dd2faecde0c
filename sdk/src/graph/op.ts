import type { Spec } from "./node.js";
import type { Tensor } from "./tensor.js";

export type AttrValue = number | string | boolean | readonly number[];
export type Attrs = Readonly<Record<string, AttrValue>>;

/**
 * What passes may ask of an op; no pass names one.
 * - elementwise: output[i] depends on input[i] only (after broadcasting)
 * - movement: rearranges values, computes none
 * - reduction: folds axes
 * - contraction: sums products (flop-heavy)
 * - linear: linear in its first input
 * - scaling: multiplies its first input by a constant second one
 * - leaf: has no inputs
 */
export type Trait = "elementwise" | "movement" | "reduction" | "contraction" | "linear" | "scaling" | "leaf";

/** float64 values of one input or output, for the reference definition. */
export interface ReferenceArray extends Spec {
  readonly data: Float64Array;
}

/** One case of the property tests: random inputs inside [low, high], or given values. */
export interface SampleInput extends Spec {
  readonly low?: number;
  readonly high?: number;
  readonly values?: readonly number[];
}

export interface Sample<A extends Attrs> {
  readonly inputs: readonly SampleInput[];
  readonly attrs: A;
}

export interface VjpContext<A extends Attrs> {
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  /** Gradient arriving at each output; undefined where nothing depends on it. */
  readonly grads: readonly (Tensor | undefined)[];
  readonly attrs: A;
  /** Which inputs need a gradient. */
  readonly need: readonly boolean[];
}

/**
 * One op, whole: the shape rule, the gradient, the definition in plain loops, the test cases.
 * `vjp` is required: either a rule giving a tensor per input, or the reason why there is none.
 */
export interface OpDefinition<A extends Attrs = Attrs> {
  readonly name: string;
  readonly doc: string;
  readonly traits: readonly Trait[];
  /** Output specs; throws E_SHAPE or E_DTYPE in the caller's words. */
  shape(inputs: readonly Spec[], attrs: A): readonly Spec[];
  readonly vjp: VjpRule<A> | { readonly nondifferentiable: string };
  reference(inputs: readonly ReferenceArray[], attrs: A, outputs: readonly Spec[]): readonly Float64Array[];
  samples(): readonly Sample<A>[];
  /** Attributes after multiplying the whole result by a constant, for ops that can absorb one. */
  absorbScale?(attrs: A, factor: number): A;
}

// A method type, so that records with narrower attributes stay assignable to AnyOp.
export type VjpRule<A extends Attrs> = {
  bivariant(context: VjpContext<A>): readonly (Tensor | undefined)[];
}["bivariant"];

export type AnyOp = OpDefinition;

/** Declares an op; the identity function that checks the record's type. */
export const defineOp = <A extends Attrs>(definition: OpDefinition<A>): OpDefinition<A> => definition;
