import { formatArray } from "../tensor/index.js";
import { specText, type Node } from "./node.js";

/**
 * One output of a node as text, without computing it: its values when they are in host memory; otherwise its
 * type, the op that will make it and the line that asked for it.
 */
export function describeOutput(node: Node, index: number): string {
  const storage = node.values[index];
  if (storage?.array) return formatArray(storage.array);
  // An identity is somebody else's value: a gradient's, say.
  if (!storage && node.op.traits.includes("identity")) {
    const { node: source, index: at } = node.inputs[index];
    return describeOutput(source, at);
  }
  return `${specText(node.outputs[index])}${storage ? ` on ${storage.device}` : recipeOf(node)}`;
}

function recipeOf({ op, consumed, made }: Node): string {
  if (consumed) return ", overwritten by an update";
  if (op.traits.includes("leaf")) return ", an argument without values";
  return ` = ${op.name}(…), not computed${made ? `   # ${String(made)}` : ""}`;
}
