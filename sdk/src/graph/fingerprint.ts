import { createHash } from "node:crypto";
import type { Node } from "./node.js";
import { attrsKey, opKey } from "./op.js";
import { isFed } from "./program-graph.js";
import { idOf, type Tensor } from "./tensor.js";
import { topological } from "./walk.js";

/** An expression as it was written, before anything is simplified. */
export interface Fingerprint {
  /** How it is built: one program computes all expressions of equal key. */
  readonly key: string;
  /** The values it reads, each once, in an order that follows from how it is built. */
  readonly leaves: readonly Tensor[];
}

/** Describes what is to be computed in one pass, so that a loop building graph after graph finds its program again. */
export function fingerprint(outputs: readonly Tensor[]): Fingerprint {
  const computed = new Map<Node, number>();
  const read = new Map<string, number>();
  const leaves: Tensor[] = [];
  let text = "";
  const nameOf = (tensor: Tensor): string => {
    const node = computed.get(tensor.node);
    if (node !== undefined) return `${node}.${tensor.index}`;
    const id = idOf(tensor);
    const known = read.get(id);
    if (known !== undefined) return `#${known}`;
    read.set(id, leaves.length);
    text += `${tensor.toString()};`;
    return `#${leaves.push(tensor) - 1}`;
  };
  for (const node of topological(outputs, isFed)) {
    if (isFed(node)) continue;
    const inputs = node.inputs.map(nameOf).join();
    text += `${opKey(node.op)}(${inputs})${attrsKey(node.attrs)};`;
    computed.set(node, computed.size);
  }
  text += outputs.map(nameOf).join();
  return { key: createHash("sha1").update(text).digest("base64"), leaves };
}
