import type { Node } from "./node.js";
import type { Tensor } from "./tensor.js";

const inputsOf = (node: Node): readonly Tensor[] => node.inputs;

/**
 * Every node that `roots` depend on, inputs before users. Stops at nodes for which `stop` holds
 * (they are still listed). Iterative: graphs are deeper than the call stack.
 *
 * @param reads what a node depends on. Default: its inputs.
 */
export function topological(
  roots: readonly Tensor[],
  stop: (node: Node) => boolean = () => false,
  reads = inputsOf,
): Node[] {
  const order: Node[] = [];
  const state = new Map<Node, "open" | "done">();
  const stack = roots.map((root) => root.node).reverse();
  while (stack.length > 0) {
    const node = stack[stack.length - 1];
    if (!state.has(node)) {
      state.set(node, "open");
      if (!stop(node)) {
        const inputs = reads(node);
        for (let i = inputs.length - 1; i >= 0; i--) {
          if (!state.has(inputs[i].node)) stack.push(inputs[i].node);
        }
      }
      continue;
    }
    stack.pop();
    if (state.get(node) === "open") {
      state.set(node, "done");
      order.push(node);
    }
  }
  return order;
}
