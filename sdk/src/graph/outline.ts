import type { AttrValue } from "./op.js";
import type { Node, Spec } from "./node.js";
import type { Graph } from "./program-graph.js";
import { idOf } from "./tensor.js";

/** A graph written out flat: text that says how it is built, and every number in it, each with the node it belongs to. */
export interface Outline {
  readonly parts: readonly (string | number)[];
  readonly owners: readonly (Node | undefined)[];
}

/** Two traces of one function have outlines of equal text; their numbers differ where they depend on sizes. */
export function outlineOf(graph: Graph): Outline {
  const parts: (string | number)[] = [];
  const owners: (Node | undefined)[] = [];
  const write = (owner: Node | undefined, ...items: readonly (string | number)[]): void => {
    for (const item of items) {
      parts.push(item);
      owners.push(owner);
    }
  };
  const names = new Map<string, string>();
  graph.inputs.forEach((input, i) => {
    names.set(idOf(input), `i${i}`);
    write(undefined, ...specParts(input));
  });
  graph.constants.forEach(({ tensor }, i) => names.set(idOf(tensor), `c${i}`));
  graph.nodes.forEach((node, i) => {
    write(node, `${node.op.name}(${node.inputs.map((input) => names.get(idOf(input))).join()})`);
    if (node.op.body) write(node, ...outlineOf(node.op.body.graph).parts);
    for (const [key, value] of Object.entries(node.attrs)) write(node, key, ...valueParts(value));
    node.outputs.forEach((output, j) => {
      names.set(`${node.id}.${j}`, `n${i}.${j}`);
      write(node, ...specParts(output));
    });
  });
  write(
    undefined,
    ...graph.outputs.map((output, i) => `${names.get(idOf(output))}>${graph.donations[i] ?? ""}`),
  );
  return { parts, owners };
}

const specParts = ({ dtype, shape }: Spec): (string | number)[] => [`${dtype}[${shape.length}]`, ...shape];

const valueParts = (value: AttrValue): readonly (string | number)[] =>
  typeof value === "number"
    ? [value]
    : typeof value === "object"
      ? [`[${value.length}]`, ...value]
      : [String(value)];

/** The first place where two outlines are built differently. */
export function firstDifference(a: Outline, b: Outline): number | undefined {
  const at = a.parts.findIndex(
    (part, i) => typeof part !== typeof b.parts[i] || (typeof part === "string" && part !== b.parts[i]),
  );
  if (at >= 0) return at;
  return a.parts.length === b.parts.length ? undefined : a.parts.length - 1;
}
