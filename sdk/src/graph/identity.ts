import { apply } from "./apply.js";
import { Node } from "./node.js";
import { defineOp } from "./op.js";
import { outputsOf, Tensor } from "./tensor.js";
import { topological } from "./walk.js";

/** x under another name, so that a function can be differentiated by one argument although another shares its value. */
export const identityOp = defineOp<Record<string, never>>({
  name: "identity",
  doc: "x under another name; gone once a graph is captured.",
  traits: ["identity", "linear"],
  shape: (xs) => xs.map(({ shape, dtype }) => ({ shape, dtype })),
  vjp: ({ grads }) => grads,
  reference: (xs) => xs.map(({ data }) => data.slice()),
  samples: () => [{ inputs: [{ shape: [2, 3], dtype: "float32" }], attrs: {} }],
});

/** A tensor of its own with the value and the gradient of x. */
export const alias = (x: Tensor): Tensor => apply(identityOp, [x], {});

/** The same values computed without the nodes that only transforms see (trait `identity`). */
export function withoutIdentities(
  roots: readonly Tensor[],
  stop: (node: Node) => boolean,
): readonly Tensor[] {
  const order = topological(roots, stop);
  if (!order.some((node) => node.op.traits.includes("identity"))) return roots;
  const images = new Map<Node, readonly Tensor[]>();
  const image = ({ node, index }: Tensor): Tensor => images.get(node)![index];
  for (const node of order) {
    if (stop(node)) images.set(node, outputsOf(node));
    else if (node.op.traits.includes("identity"))
      images.set(
        node,
        node.outputs.map((_, i) => image(node.inputs[i])),
      );
    else images.set(node, outputsOf(rebuild(node, node.inputs.map(image))));
  }
  return roots.map(image);
}

/** The node over other inputs; itself when they are the same. */
export function rebuild(node: Node, inputs: readonly Tensor[]): Node {
  const same = inputs.every(
    (input, i) => input.node === node.inputs[i].node && input.index === node.inputs[i].index,
  );
  return same ? node : new Node(node.op, inputs, node.attrs, node.outputs, node.made);
}
