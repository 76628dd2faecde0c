import type { Spec } from "./node.js";
import type { Graph } from "./program-graph.js";
import type { Tensor } from "./tensor.js";

export type AttrValue = number | string | boolean | readonly number[];
export type Attrs = Readonly<Record<string, AttrValue>>;

/**
 * What passes may ask of an op; no pass names one.
 * - elementwise: output[i] depends on input[i] only (after broadcasting)
 * - movement: rearranges values, computes none
 * - view: gives its input's values in their order, so that an engine may share the memory
 * - reduction: folds axes
 * - contraction: sums products (flop-heavy)
 * - linear: linear in its first input
 * - additive: the sum of its inputs
 * - scaling: the product of its inputs
 * - accumulates: adds into its first input
 * - host: computed by its reference between programs; none holds it
 * - leaf: has no inputs
 * - identity: output i is input i; only transforms see such nodes, capture removes them
 */
export type Trait =
  | "elementwise"
  | "movement"
  | "view"
  | "reduction"
  | "contraction"
  | "linear"
  | "additive"
  | "scaling"
  | "accumulates"
  | "host"
  | "leaf"
  | "identity";

/** Equal for equal attributes only: NaN, the infinities and −0 are told apart, text from numbers. */
export function attrsKey(attrs: Attrs): string {
  let text = "";
  for (const name in attrs) text += `${name}:${valueKey(attrs[name])},`;
  return text;
}

const valueKey = (value: AttrValue): string =>
  typeof value === "string"
    ? JSON.stringify(value)
    : typeof value === "object"
      ? `[${value.map(valueKey).join()}]`
      : Object.is(value, -0)
        ? "-0"
        : String(value);

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
  /** For each output, the input it may be written over. Elementwise ops may write over any input of its shape. */
  readonly overwrites?: readonly (number | undefined)[];
  /**
   * Arithmetic operations on numbers: a multiplication and an addition count 1 each, as does every function such
   * as exp. Absent: what the op's traits suggest, see `flopsOf`.
   */
  flops?(inputs: readonly Spec[], outputs: readonly Spec[], attrs: A): number;
  /** Attributes' usual values, which printing leaves out. */
  readonly defaults?: Partial<A>;
  /** The value of the second operand that leaves the first unchanged. */
  readonly neutral?: number;
  /**
   * The same outputs by other ops, for engines without a rule of their own. Inputs have no values yet.
   */
  decompose?(inputs: readonly Tensor[], attrs: A): readonly Tensor[];
  /** The graph that runs inside the op, for ops that repeat one (`scan`), and the same op around another graph. */
  readonly body?: { readonly graph: Graph; readonly around: (graph: Graph) => AnyOp };
  /**
   * Attributes after multiplying the result by a constant, for products of inputs 0 and 1 that can
   * absorb a factor of either; undefined where it would reach further inputs.
   */
  absorbScale?(attrs: A, factor: number, inputCount: number): A | undefined;
}

/**
 * Depends on shapes and attributes alone, since gradients of a known expression are not built anew.
 * (A method type, so that records with narrower attributes stay assignable to AnyOp.)
 */
export type VjpRule<A extends Attrs> = {
  bivariant(context: VjpContext<A>): readonly (Tensor | undefined)[];
}["bivariant"];

export type AnyOp = OpDefinition;

const keys = new WeakMap<AnyOp, string>();
const namesakes = new Map<string, number>();

/** Tells ops apart even when they bear one name, as an op that is defined anew in a notebook does. */
export function opKey(op: AnyOp): string {
  if (op.body) return `${op.name}{${op.body.graph.key}}`;
  const known = keys.get(op);
  if (known !== undefined) return known;
  const count = (namesakes.get(op.name) ?? 0) + 1;
  namesakes.set(op.name, count);
  const key = count === 1 ? op.name : `${op.name}#${count}`;
  keys.set(op, key);
  return key;
}

/** Declares an op; the identity function that checks the record's type. */
export const defineOp = <A extends Attrs>(definition: OpDefinition<A>): OpDefinition<A> => definition;
