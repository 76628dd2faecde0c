import { Node } from "./node.js";
import type { Attrs, OpDefinition } from "./op.js";
import { originHere } from "./origin.js";
import { Tensor } from "./tensor.js";

/** Applies an op: checks shapes now, adds a node, computes nothing. Returns every output. */
export function applyAll<A extends Attrs>(
  op: OpDefinition<A>,
  inputs: readonly Tensor[],
  attrs: A,
): Tensor[] {
  const specs = op.shape(inputs, attrs);
  // Variables are captured by their present leaf, so that a later assignment cannot change this graph.
  const captured = inputs.map((input) => new Tensor(input.node, input.index));
  const node = new Node(op, captured, attrs, specs, originHere(applyAll));
  return specs.map((_, index) => new Tensor(node, index));
}

/** The first output of {@link applyAll}. */
export const apply = <A extends Attrs>(op: OpDefinition<A>, inputs: readonly Tensor[], attrs: A): Tensor =>
  applyAll(op, inputs, attrs)[0];
