import type { Spec, Tensor, Variable } from "../graph/index.js";
import { add, full, mul } from "../ops/index.js";

/** One step as the host sees it. */
export interface StepNumbers {
  /** 1 for the first update. */
  readonly step: number;
  /** Of the parameter's group. */
  readonly learningRate: number;
  /** λ of the parameter's group; 0 for parameters that do not decay. */
  readonly weightDecay: number;
}

/** What a rule sees of one parameter inside a graph. */
export interface UpdateInputs<Slot extends string, Scalar extends string> {
  readonly p: Tensor;
  readonly g: Tensor;
  /** Factor of the gradient, for clipping and loss scaling; undefined means 1. */
  readonly gradScale: Tensor | undefined;
  readonly slots: Readonly<Record<Slot, Tensor>>;
  readonly scalars: Readonly<Record<Scalar, Tensor>>;
  /** λ of the parameter's group; 0 for parameters that do not decay. */
  readonly weightDecay: number;
}

/** The parameter and its state after one update. */
export interface Updated<Slot extends string> {
  readonly p: Tensor;
  readonly slots: Readonly<Record<Slot, Tensor>>;
}

/**
 * An optimizer's rule for one parameter: which state it keeps, which numbers change from step to step, and the
 * update as a graph. Numbers that change are fed as scalars, so that all steps share one compiled program.
 */
export interface UpdateRule<Slot extends string = string, Scalar extends string = string> {
  /** State of a parameter, by name; it starts at zero. */
  slots(parameter: Variable): Readonly<Record<Slot, Spec>>;
  scalars(numbers: StepNumbers): Readonly<Record<Scalar, number>>;
  next(inputs: UpdateInputs<Slot, Scalar>): Updated<Slot>;
}

/** The rule itself; checks its slot and scalar names. */
export const defineRule = <Slot extends string, Scalar extends string>(
  rule: UpdateRule<Slot, Scalar>,
): UpdateRule<Slot, Scalar> => rule;

/** g · gradScale. */
export const scaled = (g: Tensor, gradScale: Tensor | undefined): Tensor =>
  gradScale ? mul(g, gradScale) : g;

type Penalty = Pick<UpdateInputs<string, string>, "p" | "g" | "gradScale" | "weightDecay">;

/** g·gradScale + λp: the gradient with that of an L2 penalty λ‖p‖²/2. */
export const penalized = ({ p, g, gradScale, weightDecay }: Penalty): Tensor =>
  weightDecay > 0 ? add(scaled(g, gradScale), mul(p, weightDecay)) : scaled(g, gradScale);

/** The scalar decay where the parameter decays, else the constant 1, which costs no pass. */
export const decayFactor = (decay: Tensor, weightDecay: number): Tensor =>
  weightDecay > 0 ? decay : full([], 1);

/** State of a parameter's own shape and dtype. */
export const like = ({ shape, dtype }: Spec): Spec => ({ shape, dtype });
