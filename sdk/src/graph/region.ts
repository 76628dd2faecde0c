import { rebuild } from "./identity.js";
import type { Node } from "./node.js";
import { isLeaf } from "./program-graph.js";
import { idOf, outputsOf, Tensor } from "./tensor.js";
import { topological } from "./walk.js";

/** What a function added to the graph: its nodes in order, and the tensors from outside that they read. */
export interface Region {
  readonly nodes: readonly Node[];
  readonly captured: readonly Tensor[];
}

/** The region of ys: nodes made from number `first` on, and the leaves and earlier nodes that they read. */
export function regionOf(ys: readonly Tensor[], first: number): Region {
  const outside = (node: Node): boolean => node.id < first || isLeaf(node);
  const nodes = topological(ys, outside).filter((node) => !outside(node));
  const captured = new Map<string, Tensor>();
  for (const tensor of [...nodes.flatMap((node) => node.inputs), ...ys]) {
    if (outside(tensor.node)) captured.set(idOf(tensor), new Tensor(tensor.node, tensor.index));
  }
  return { nodes, captured: [...captured.values()] };
}

/** The values of ys computed by nodes of their own from other tensors in place of the captured ones. */
export function copyOf(
  { nodes, captured }: Region,
  substitutes: readonly Tensor[],
  ys: readonly Tensor[],
): Tensor[] {
  const images = new Map(captured.map((tensor, i) => [idOf(tensor), substitutes[i]]));
  const image = (tensor: Tensor): Tensor => images.get(idOf(tensor))!;
  for (const node of nodes) {
    const copy = rebuild(node, node.inputs.map(image));
    outputsOf(copy).forEach((output) => images.set(`${node.id}.${output.index}`, output));
  }
  return ys.map(image);
}
