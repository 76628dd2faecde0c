import type { StackFrame } from "../call-site.js";
import type { Node } from "../graph/index.js";

/** Nodes drawn as one box. */
export interface Part {
  /** The call that made them all; undefined for a node on its own. */
  readonly name?: string;
  readonly nodes: readonly Node[];
}

/** A folded picture has room for this share of the nodes that are drawn one by one. */
const SHARE = 0.4;

/**
 * More than `most` nodes in far fewer parts: neighbours made by the same call become one, calls as deep as
 * possible. Parts are runs of the graph's order, so that no part both feeds and reads another.
 */
export function fold(nodes: readonly Node[], most: number): Part[] {
  if (nodes.length <= most) return nodes.map((node) => ({ nodes: [node] }));
  const limit = Math.ceil(most * SHARE);
  const paths = nodes.map(callPath);
  for (let depth = Math.max(...paths.map(({ length }) => length)); depth > 0; depth--) {
    const parts = runs(nodes, (i) => paths[i].slice(0, depth));
    if (parts.length <= limit) return parts;
  }
  const size = Math.ceil(nodes.length / limit);
  return runs(nodes, (i) => [`part ${Math.floor(i / size) + 1}`]);
}

function runs(nodes: readonly Node[], pathOf: (i: number) => readonly string[]): Part[] {
  const parts: { name?: string; key: string; nodes: Node[] }[] = [];
  nodes.forEach((node, i) => {
    const path = pathOf(i);
    const key = path.join("\n");
    const last = parts.at(-1);
    if (last?.key === key && key !== "") last.nodes.push(node);
    else parts.push({ name: nameOf(path, node), key, nodes: [node] });
  });
  return parts.map(({ name, nodes: own }) => (own.length === 1 ? { nodes: own } : { name, nodes: own }));
}

const nameOf = (path: readonly string[], node: Node): string =>
  `${node.made?.gradient ? "∂ " : ""}${path.at(-1) ?? ""}`;

/** gradlab's own machinery, which is part of every call. */
const MACHINERY = /^(graph|ops|engine|inspect)\//;

/** The calls that led to a node, outermost first; gradients apart from what they differentiate. */
function callPath({ made }: Node): string[] {
  const frames = made?.frames ?? [];
  const isMachinery = ({ module = "" }: StackFrame): boolean => MACHINERY.test(module);
  const user = frames.findIndex(({ module }) => module === undefined);
  // Behind the user's function stands whoever traced it.
  const end = frames.findIndex((frame, i) => i > user && isMachinery(frame));
  const calls = frames.slice(0, end < 0 ? undefined : end).filter((frame) => !isMachinery(frame));
  const path = calls.reverse().map(callText);
  return made?.gradient ? ["gradient", ...path] : path;
}

/** "attend (models/attend:18)" */
function callText({ name, file, line, module }: StackFrame): string {
  const place = `${module ?? file.split(/[\\/]/).at(-1)}:${line}`;
  const plain = name.replace(/^(Object|Module)\./, "");
  return plain === "" || plain.includes("<anonymous>") ? place : `${plain} (${place})`;
}
