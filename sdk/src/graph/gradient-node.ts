import { identityOp } from "./identity.js";
import { Node, type Spec } from "./node.js";
import type { Origin } from "./origin.js";
import type { Tensor } from "./tensor.js";

/**
 * Gradients of an expression whose gradients were built before: an identity over them, built when somebody reads
 * what it is made of. A plain loop never does, since its program is found by what the gradients are of.
 */
export class GradientNode extends Node {
  #built: readonly Tensor[] | undefined;

  constructor(
    /** y, the gradient arriving there, and what y is differentiated by. */
    readonly of: readonly Tensor[],
    readonly build: () => readonly Tensor[],
    outputs: readonly Spec[],
    made: Origin | undefined,
  ) {
    super(identityOp, [], {}, outputs, made);
  }

  override get inputs(): readonly Tensor[] {
    return (this.#built ??= this.build());
  }
}
