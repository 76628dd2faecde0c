import { Node } from "./node.js";
import type { Attrs, OpDefinition } from "./op.js";
import { originHere } from "./origin.js";
import { outputsOf, Tensor } from "./tensor.js";

/** Applies an op: checks shapes now, adds a node, computes nothing. Returns every output. */
export function applyAll<A extends Attrs>(
  op: OpDefinition<A>,
  inputs: readonly Tensor[],
  attrs: A,
): Tensor[] {
  const specs = op.shape(inputs, attrs);
  // Variables are captured by their present leaf, so that a later assignment cannot change this graph.
  const captured = inputs.map((input) =>
    input.constructor === Tensor ? input : new Tensor(input.node, input.index),
  );
  return outputsOf(new Node(op, captured, attrs, specs, originHere(applyAll)));
}

/** The first output of {@link applyAll}. */
export const apply = <A extends Attrs>(op: OpDefinition<A>, inputs: readonly Tensor[], attrs: A): Tensor =>
  applyAll(op, inputs, attrs)[0];
