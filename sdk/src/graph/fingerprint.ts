import { createHash } from "node:crypto";
import { GradientNode } from "./gradient-node.js";
import type { Node } from "./node.js";
import { attrsKey, opKey } from "./op.js";
import { isFed, isLeaf } from "./program-graph.js";
import { outputsOf, type Tensor } from "./tensor.js";
import { topological } from "./walk.js";

/** An expression as it was written, before anything is simplified. */
export interface Fingerprint {
  /** How it is built: one program computes all expressions of equal key. */
  readonly key: string;
  /** The values it reads, each once, in an order that follows from how it is built. */
  readonly leaves: readonly Tensor[];
  /** Whether expressions of equal key have gradients built alike. */
  readonly gradientsFollow: boolean;
}

type Reads = (node: Node) => readonly Tensor[];

const asBuilt: Reads = (node) => node.inputs;
const asWritten: Reads = (node) => (node instanceof GradientNode ? node.of : node.inputs);

/** Computed before: what it was computed from is no longer read. */
const isKnown = (node: Node): boolean => isFed(node) && !isLeaf(node);

/** Describes what is to be computed in one pass, so that a loop building graph after graph finds its program again. */
export function fingerprint(outputs: readonly Tensor[]): Fingerprint {
  const order = topological(outputs, isFed, asWritten);
  const partly = order.some(isKnown);
  // Which of the known values gradients read is seen once they are built.
  const build = partly && order.some((node) => node instanceof GradientNode);
  const text = new Text(build ? asBuilt : asWritten);
  for (const node of build ? topological(outputs, isFed) : order) text.add(node);
  const key = keyOf(text.end(outputs));
  // A loop's body is keyed by what it computes, its gradient follows from how it was written.
  return { key, leaves: text.leaves, gradientsFollow: !partly && !order.some(({ op }) => op.body) };
}

/** Texts up to this length are keys as they are. */
const SHORT = 2 ** 14;

const keyOf = (text: string): string =>
  text.length <= SHORT ? text : createHash("sha1").update(text).digest("base64");

/** Nodes in order, as text. */
class Text {
  readonly leaves: Tensor[] = [];
  readonly #names = new Map<Node, string>();
  #text = "";

  constructor(readonly reads: Reads) {}

  add(node: Node): void {
    if (isFed(node)) return;
    const op = this.reads === asWritten && node instanceof GradientNode ? "gradients by" : opKey(node.op);
    // First, since values that it reads are described before it.
    const inputs = this.#list(this.reads(node));
    this.#text += `${op}(${inputs})${attrsKey(node.attrs)};`;
    this.#names.set(node, `${this.#names.size}`);
  }

  end(outputs: readonly Tensor[]): string {
    const list = this.#list(outputs);
    return this.#text + list;
  }

  #list(tensors: readonly Tensor[]): string {
    let list = "";
    for (const tensor of tensors) list += `${this.#nameOf(tensor)},`;
    return list;
  }

  #nameOf({ node, index }: Tensor): string {
    const known = this.#names.get(node) ?? this.#read(node);
    return index === 0 ? known : `${known}.${index}`;
  }

  /** Every value of a node that is fed. */
  #read(node: Node): string {
    const name = `#${this.leaves.length}`;
    this.#names.set(node, name);
    for (const output of outputsOf(node)) {
      this.leaves.push(output);
      this.#text += `${output.toString()};`;
    }
    return name;
  }
}
