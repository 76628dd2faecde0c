import type { Tensor, Variable } from "../graph/index.js";
import type { HostArray } from "../tensor/index.js";
import type { ParameterGroup } from "./groups.js";

/** Everything an optimizer carries from step to step. */
export interface OptimizerState {
  readonly step: number;
  /** `<parameter>.<slot>` → values. */
  readonly moments: ReadonlyMap<string, HostArray>;
}

export interface OptimizerMemory {
  /** Bytes of state; parameters and gradients are not counted. */
  readonly bytes: number;
  readonly bytesPerParameter: number;
}

/**
 * What every optimizer can do. Inside a compiled function: `assign`; outside, around each call: `advance`.
 *
 * @example
 * const w = new Variable(hostArray(Float32Array.of(1, 2), [2]), "w");
 * const optimizer = new AdamW([w]);
 * const step = compile((x: Tensor) => {
 *   const loss = x.mul(w).sum();
 *   optimizer.assign(grad(loss, [w]));
 *   return loss;
 * });
 * optimizer.advance(1e-3);
 * await step(tensor([1, 2]));
 */
export interface Optimizer {
  readonly parameters: readonly Variable[];
  /** Updates made so far. */
  readonly step: number;
  /** Moves to the next step: its learning rate, bias corrections and decay. Default: the optimizer's own rate. */
  advance(learningRate?: number): void;
  /** Takes the last `advance` back, when a step turned out to be skipped (see GradScaler). */
  retract(): void;
  /**
   * Assigns the updated parameters and state; call inside a compiled function.
   *
   * @param gradients one for each parameter, in order
   * @param gradScale scalar factor of all gradients, for clipping. Default 1.
   * @param when      bool scalar: where false, everything keeps its value. Default: always.
   */
  assign(gradients: readonly Tensor[], gradScale?: Tensor, when?: Tensor): void;
  /** One whole update outside a compiled function. */
  update(gradients: readonly Tensor[], learningRate?: number): Promise<void>;
  state(): Promise<OptimizerState>;
  /** Continues from a saved state, bit by bit. @throws E_CHECKPOINT_MISMATCH when it is of another optimizer */
  restore(state: OptimizerState): void;
  memory(): OptimizerMemory;
}

/** What all optimizers may be told. */
export interface OptimizerOptions {
  /** Step size; `advance` may give another one for each step. */
  readonly learningRate?: number;
  /** λ, decoupled from the gradient unless the optimizer says otherwise. */
  readonly weightDecay?: number;
  /** Which parameters decay. Default: those with two or more axes. */
  readonly decays?: (parameter: Variable) => boolean;
  /** Parameters with a learning rate or decay of their own; the first match counts. Default none. */
  readonly groups?: readonly ParameterGroup[];
}
