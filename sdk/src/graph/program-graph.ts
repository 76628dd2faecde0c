import { createHash } from "node:crypto";
import { withoutIdentities } from "./identity.js";
import { Node, type Storage } from "./node.js";
import { attrsKey, opKey } from "./op.js";
import { simplify } from "./simplify.js";
import { idOf, leafOp, Tensor } from "./tensor.js";
import { topological } from "./walk.js";

/** What an engine compiles: leaves in, tensors out, nodes in dependency order. */
export interface Graph {
  readonly inputs: readonly Tensor[];
  /** Leaves whose values become part of the program. */
  readonly constants: readonly { readonly tensor: Tensor; readonly storage: Storage }[];
  readonly nodes: readonly Node[];
  readonly outputs: readonly Tensor[];
  /** For each output, the input whose storage it overwrites. */
  readonly donations: readonly (number | undefined)[];
  /** Symbolic sizes: every dimension equal to the stand-in may differ from run to run. */
  readonly symbols: Readonly<Record<string, number>>;
  /** The same function traced at other sizes: what differs depends on the symbolic sizes. */
  readonly traces?: readonly Graph[];
  /** Equal for graphs of equal structure, whatever their inputs' values. */
  readonly key: string;
}

export interface CaptureOptions {
  /** Leaves in the order in which they will be fed; other leaves found follow them. */
  readonly inputs?: readonly Tensor[];
  /** Leaves whose values are fixed for the program's life, so that an engine may rearrange them. */
  readonly constants?: readonly Tensor[];
  /** Symbolic sizes by name, each with the stand-in it was traced with (larger than any real dimension). */
  readonly symbols?: Readonly<Record<string, number>>;
  /** Whether equal work is merged, constants are folded and so on. Default true; false shows what was written. */
  readonly simplify?: boolean;
  /** The leaf an output overwrites, output by output. */
  readonly overwrites?: readonly (Tensor | undefined)[];
}

export const isLeaf = (node: Node): boolean => node.op.traits.includes("leaf");

/** A node that is fed rather than computed: a leaf, or one whose values are known. */
export const isFed = (node: Node): boolean =>
  isLeaf(node) || node.values.every((value) => value !== undefined);

const own = ({ node, index }: Tensor): Tensor => new Tensor(node, index);

/** Simplifies what the outputs need and describes it as a graph with a structural key. */
export function capture(outputs: readonly Tensor[], options: CaptureOptions = {}): Graph {
  const simplified =
    options.simplify === false ? withoutIdentities(outputs, isFed).map(own) : simplify(outputs, isFed);
  const order = topological(simplified, isFed);
  const inputs: Tensor[] = [...(options.inputs ?? [])];
  const known = new Set(
    [...inputs, ...(options.constants ?? [])].map((input) => `${input.node.id}.${input.index}`),
  );
  const need = (tensor: Tensor): void => {
    const id = `${tensor.node.id}.${tensor.index}`;
    if (isFed(tensor.node) && !known.has(id)) {
      known.add(id);
      inputs.push(tensor);
    }
  };
  const nodes = order.filter((node) => !isFed(node));
  nodes.forEach((node) => node.inputs.forEach(need));
  simplified.forEach(need);
  const donations = outputs.map((_, i) => {
    const target = options.overwrites?.[i];
    const at = target
      ? inputs.findIndex((input) => input.node === target.node && input.index === target.index)
      : -1;
    return at < 0 ? undefined : at;
  });
  const read = new Set([...nodes.flatMap((node) => node.inputs), ...simplified].map(idOf));
  const constants = (options.constants ?? [])
    .filter((tensor) => read.has(idOf(tensor)))
    .map((tensor) => ({ tensor, storage: tensor.storage! }));
  const graph = { inputs, constants, nodes, outputs: simplified, donations, symbols: options.symbols ?? {} };
  return { ...graph, key: structuralKey(graph) };
}

/**
 * The same graph over nodes of its own, without values: a program that is kept would otherwise keep
 * alive whatever its first run was fed and gave.
 */
export function withoutValues(graph: Graph): Graph {
  const copies = new Map<Node, Node>();
  const image = ({ node, index }: Tensor): Tensor => {
    // What is fed was not copied as a node of the graph, so it becomes a leaf.
    if (!copies.has(node)) copies.set(node, new Node(leafOp, [], {}, node.outputs));
    return new Tensor(copies.get(node)!, index);
  };
  for (const node of graph.nodes) {
    // A stack that was not laid out would keep alive what its calls held.
    void node.made?.frames;
    copies.set(node, new Node(node.op, node.inputs.map(image), node.attrs, node.outputs, node.made));
  }
  return {
    ...graph,
    inputs: graph.inputs.map(image),
    constants: graph.constants.map(({ tensor, storage }) => ({ tensor: image(tensor), storage })),
    nodes: graph.nodes.map((node) => copies.get(node)!),
    outputs: graph.outputs.map(image),
    ...(graph.traces ? { traces: graph.traces.map(withoutValues) } : {}),
  };
}

function structuralKey({
  inputs,
  constants,
  nodes,
  outputs,
  donations,
  symbols,
}: Omit<Graph, "key">): string {
  const names = new Map<string, string>();
  inputs.forEach((input, i) => names.set(`${input.node.id}.${input.index}`, `i${i}`));
  nodes.forEach((node, i) => node.outputs.forEach((_, j) => names.set(`${node.id}.${j}`, `n${i}.${j}`)));
  const name = (tensor: Tensor): string => names.get(`${tensor.node.id}.${tensor.index}`)!;
  const hash = createHash("sha1").update(JSON.stringify(symbols));
  // Constants are part of the program, so their identity is part of its key.
  for (const { tensor } of constants) names.set(`${tensor.node.id}.${tensor.index}`, `c${tensor.node.id}`);
  for (const input of inputs) hash.update(`${input.toString()};`);
  for (const node of nodes) {
    hash.update(`${opKey(node.op)}(${node.inputs.map(name).join()})${attrsKey(node.attrs)};`);
  }
  hash.update(outputs.map((output, i) => `${name(output)}>${donations[i] ?? ""}`).join());
  return hash.digest("hex");
}
