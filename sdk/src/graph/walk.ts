import type { Node } from "./node.js";
import type { Tensor } from "./tensor.js";

/**
 * Every node that `roots` depend on, inputs before users. Stops at nodes for which `stop` holds
 * (they are still listed). Iterative: graphs are deeper than the call stack.
 */
export function topological(roots: readonly Tensor[], stop: (node: Node) => boolean = () => false): Node[] {
  const order: Node[] = [];
  const state = new Map<Node, "open" | "done">();
  const stack = roots.map((root) => root.node).reverse();
  while (stack.length > 0) {
    const node = stack[stack.length - 1];
    if (!state.has(node)) {
      state.set(node, "open");
      if (!stop(node)) {
        for (let i = node.inputs.length - 1; i >= 0; i--) {
          if (!state.has(node.inputs[i].node)) stack.push(node.inputs[i].node);
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
