import type { Graph, Node, Tensor } from "../../graph/index.js";
import { sizeOf } from "../../tensor/index.js";
import { ROW_SUM } from "../jit/index.js";
import { contract } from "./contract.js";
import { stepOf, withWidth, write, type Region } from "./region.js";

/** Elements below which the library's own operators are as good. */
const SMALLEST = 4096;

/**
 * The graph with chains of elementwise ops and sums of rows joined into single nodes, each one pass over memory. An op joins
 * its readers where all of them are in one region, or where the readers' regions can become one; nothing is computed twice,
 * and nothing earlier than before.
 */
export function fuse(graph: Graph): Graph {
  return new Fusion(graph).run();
}

class Fusion {
  readonly #position = new Map<Node, number>();
  readonly #readers = new Map<Node, Node[]>();
  readonly #leaving = new Set<Node>();
  readonly #regions = new Map<Node, Region>();

  constructor(readonly graph: Graph) {
    graph.nodes.forEach((node, at) => {
      this.#position.set(node, at);
      for (const { node: from } of node.inputs) {
        const readers = this.#readers.get(from);
        if (readers) readers.push(node);
        else this.#readers.set(from, [node]);
      }
    });
    for (const { node } of graph.outputs) this.#leaving.add(node);
  }

  run(): Graph {
    for (const node of [...this.graph.nodes].reverse()) this.#place(node);
    const regions = [...new Set(this.#regions.values())].filter((region) => this.#pays(region));
    if (regions.length === 0) return this.graph;
    return contract(
      this.graph,
      regions.map((region) => ({ region, written: write(region, this.#escapes(region))! })),
    );
  }

  /** Puts a node into its readers' region, or into one of its own. */
  #place(node: Node): void {
    const own = this.#alone(node);
    if (!own) return;
    const readers = this.#readers.get(node) ?? [];
    const regions = [...new Set(readers.map((reader) => this.#regions.get(reader)))];
    const inside = regions.filter((region) => region !== undefined);
    this.#adopt(own);
    let merged = own;
    // Joined to one reader's region only, it would be written and read all the same, and live no shorter.
    if (inside.length !== regions.length || inside.length === 0) return;
    for (const region of inside) merged = this.#merge(merged, region) ?? merged;
  }

  #adopt(region: Region): void {
    for (const member of region.members) this.#regions.set(member, region);
  }

  /** A region of one node, or undefined where the node is nothing for a region. */
  #alone(node: Node): Region | undefined {
    const step = stepOf(node);
    const [output] = node.outputs;
    const floats = [output, ...node.inputs].every(({ dtype }) => dtype === "float32");
    if (!step || !floats || node.outputs.length !== 1) return undefined;
    const members = new Set([node]);
    const asRow = step === ROW_SUM ? undefined : this.#rowsOf(node);
    const size = step === ROW_SUM ? sizeOf(node.inputs[0].shape) : sizeOf(output.shape);
    if (size < SMALLEST && !asRow) return undefined;
    const region: Region = asRow ? { ...asRow, members } : { size, width: undefined, members };
    return this.#settle(region);
  }

  /** The region a node has one value a row for, where all its readers are in one: the mean of a row, say. */
  #rowsOf(node: Node): Region | undefined {
    const regions = new Set((this.#readers.get(node) ?? []).map((reader) => this.#regions.get(reader)));
    const [region] = regions;
    const { shape } = node.outputs[0];
    if (regions.size !== 1 || !region?.width || shape.at(-1) !== 1) return undefined;
    return sizeOf(shape) * region.width === region.size ? region : undefined;
  }

  /** One region of two, where they lie alike, need no more registers than there are, and no way leads out and back in. */
  #merge(a: Region, b: Region): Region | undefined {
    if (a === b) return a;
    if (a.size !== b.size || (a.width !== undefined && b.width !== undefined && a.width !== b.width))
      return undefined;
    const members = new Set([...a.members, ...b.members].sort((x, y) => this.#at(x) - this.#at(y)));
    const region = this.#settle({ size: a.size, width: a.width ?? b.width, members });
    if (!region || this.#returns(region)) return undefined;
    this.#adopt(region);
    return region;
  }

  #at(node: Node): number {
    return this.#position.get(node)!;
  }

  /** The region with its width, where its members agree on one and an expression can be written. */
  #settle(region: Region): Region | undefined {
    const settled = withWidth(region);
    return settled && write(settled, this.#escapes(settled)) ? settled : undefined;
  }

  /** Whether a value is read outside its region. */
  #escapes({ members }: Region): (node: Node) => boolean {
    return (node) =>
      this.#leaving.has(node) || (this.#readers.get(node) ?? []).some((reader) => !members.has(reader));
  }

  /** Whether something outside depends on a member and a member on it: the region could not run at once. */
  #returns(region: Region): boolean {
    const first = Math.min(...[...region.members].map((node) => this.#at(node)));
    const seen = new Set<Node>();
    const stack = [...region.members].flatMap((node) => node.inputs.map((input) => input.node));
    for (let node = stack.pop(); node; node = stack.pop()) {
      const at = this.#position.get(node);
      if (region.members.has(node) || at === undefined || at < first || seen.has(node)) continue;
      seen.add(node);
      for (const { node: from } of this.#regions.get(node)?.members ? this.#inputsOf(node) : node.inputs) {
        if (region.members.has(from)) return true;
        stack.push(from);
      }
    }
    return false;
  }

  /** What a node waits for: with its region, all that the region reads. */
  #inputsOf(node: Node): Tensor[] {
    return [...this.#regions.get(node)!.members].flatMap((member) => [...member.inputs]);
  }

  /** One plain operation alone is as well done by the library. */
  #pays(region: Region): boolean {
    const names = [...region.members].map((node) => node.op.name);
    return names.length > 1 || ["gelu", "silu", "sigmoid", "erf"].includes(names[0]);
  }
}
