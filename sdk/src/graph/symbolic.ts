import { GradlabError } from "../errors.js";
import { sameShape, type HostArray } from "../tensor/index.js";
import { Node } from "./node.js";
import type { AttrValue, Attrs } from "./op.js";
import { firstDifference, outlineOf } from "./outline.js";
import type { Graph } from "./program-graph.js";
import type { Sizes } from "./size-form.js";
import { AmbiguousSizes, formatSizes, shapeAt, sizeAt, sizeTables, type SizeTable } from "./size-table.js";
import { standIns } from "./stand-ins.js";
import { idOf, leafOp, outputsOf, type Tensor } from "./tensor.js";

/** What tracing a function at given sizes gives. */
export interface SizedTrace {
  readonly graph: Graph;
}

/**
 * One graph for all sizes: the function is traced at three choices of sizes, and what differs between the
 * traces is what depends on them. Nothing is assumed: a size that enters in an unknown way, another path taken
 * for other sizes, or values computed outside the graph from a size are refused.
 *
 * @param names  the symbolic axes
 * @param limits the largest size of each, where there is one
 * @param traceAt traces the function for sizes; the graph's `symbols` are these sizes
 * @returns the first trace, whose graph carries the others; `unsure` when another choice of sizes was refused, so
 *   that the graph may not be that of all sizes: hold it against a trace at the sizes of a run ({@link agreesAt})
 * @throws E_SYMBOLIC
 */
export async function traceSymbolic<T extends SizedTrace>(
  names: readonly string[],
  limits: Sizes,
  traceAt: (sizes: Sizes) => Promise<T>,
): Promise<T & { readonly unsure: boolean }> {
  let refusal: unknown;
  for (const points of standIns(names, limits)) {
    try {
      const large = await named(points[0], traceAt);
      const traces = [large, await named(points[1], traceAt), await traceAt(points[2])];
      const [first, ...others] = traces.map(({ graph }) => graph);
      for (const other of others) requireAlike(first, other);
      const graph = { ...first, traces: others, key: traces.map((trace) => trace.graph.key).join("+") };
      sizeTables(graph);
      return { ...large, graph, unsure: refusal instanceof GradlabError };
    } catch (error) {
      // Stand-ins may collide with sizes of the model by chance; a real obstacle remains with every choice.
      if (!(error instanceof AmbiguousSizes) && !(error instanceof GradlabError)) throw error;
      refusal = refusal instanceof GradlabError ? refusal : error;
    }
  }
  if (refusal instanceof GradlabError) throw refusal;
  throw new GradlabError(
    "E_SYMBOLIC",
    "No choice of stand-ins tells the symbolic sizes from the fixed ones.",
    {
      hint: "Raise maxSizes, or leave an axis fixed.",
      cause: refusal,
    },
  );
}

/** Refusals of the function itself name the sizes they were met with. */
async function named<T>(sizes: Sizes, traceAt: (sizes: Sizes) => Promise<T>): Promise<T> {
  try {
    return await traceAt(sizes);
  } catch (error) {
    if (!(error instanceof GradlabError) || error.code === "E_SYMBOLIC") throw error;
    throw new GradlabError(error.code, `Traced with ${formatSizes(sizes)}: ${error.sentence}`, {
      hint: `${error.hint} If the function takes smaller sizes only, say so with maxSizes.`,
      ...(error.where ? { where: error.where } : {}),
      cause: error,
    });
  }
}

/** Whether the symbolic graph is, at some sizes, the one traced there. */
export function agreesAt(graph: Graph, sizes: Sizes, traced: Graph): boolean {
  const [a, b] = [outlineOf(atSizes(graph, sizes)), outlineOf(traced)];
  const near = (x: number, y: number): boolean => x === y || Math.abs(x - y) <= 1e-12 * Math.abs(x);
  return (
    firstDifference(a, b) === undefined &&
    a.parts.every((part, i) => typeof part === "string" || near(part, b.parts[i] as number))
  );
}

function requireAlike(a: Graph, b: Graph): void {
  const [left, right] = [outlineOf(a), outlineOf(b)];
  const at = firstDifference(left, right);
  if (at !== undefined) {
    const node = left.owners[at] ?? right.owners[at];
    throw new GradlabError(
      "E_SYMBOLIC",
      `The function does other work for ${formatSizes(a.symbols)} than for ${formatSizes(b.symbols)}${node ? `, from ${node.op.name} on` : ""}.`,
      node?.origin === undefined ? {} : { where: node.origin },
    );
  }
  a.inputs.forEach((input, i) => {
    const other = b.inputs[i];
    if (input.node === other.node || sameValues(input.storage?.array, other.storage?.array)) return;
    const reader = a.nodes.find((node) => node.inputs.some((operand) => idOf(operand) === idOf(input)));
    throw new GradlabError(
      "E_SYMBOLIC",
      `A tensor of given values, ${input.toString()}, is made inside the function and differs between ${formatSizes(a.symbols)} and ${formatSizes(b.symbols)}${reader ? ` (${reader.op.name} reads it)` : ""}.`,
      {
        hint: "Make it of ops (arange, full, expand, …), so that it grows with the sizes, or pass it as an argument.",
        ...(reader?.origin === undefined ? {} : { where: reader.origin }),
      },
    );
  });
}

/** Arguments have no values in any trace. */
function sameValues(a: HostArray | undefined, b: HostArray | undefined): boolean {
  if (!a || !b) return a === b;
  return (
    a.dtype === b.dtype &&
    sameShape(a.shape, b.shape) &&
    a.data.every((value, i) => Object.is(value, b.data[i]))
  );
}

/**
 * The graph for one choice of sizes, with fixed shapes. Every op checks its shapes again, so that sizes which
 * do not fit (a slice beyond a short axis) are refused in the op's own words.
 *
 * @throws E_SHAPE, E_INDEX
 */
export function atSizes(graph: Graph, sizes: Sizes): Graph {
  const [table] = sizeTables(graph);
  return resized(graph, table, sizes);
}

function resized(graph: Graph, table: SizeTable, sizes: Sizes): Graph {
  const images = new Map<string, Tensor>();
  const leaf = (tensor: Tensor): Tensor => {
    const outputs = tensor.node.outputs.map(({ shape, dtype }) => ({
      shape: shapeAt(table, sizes, shape),
      dtype,
    }));
    const image = outputsOf(new Node(leafOp, [], {}, outputs))[tensor.index];
    images.set(idOf(tensor), image);
    return image;
  };
  const inputs = graph.inputs.map(leaf);
  const constants = graph.constants.map(({ tensor, storage }) => ({ tensor: leaf(tensor), storage }));
  const nodes = graph.nodes.map((node) => {
    const operands = node.inputs.map((input) => images.get(idOf(input))!);
    const attrs = attrsAt(node.attrs, (value) => sizeAt(table, sizes, value));
    const op = node.op.body ? node.op.body.around(resized(node.op.body.graph, table, sizes)) : node.op;
    const made = new Node(op, operands, attrs, op.shape(operands, attrs), node.made);
    requireShapes(node, made, (shape) => shapeAt(table, sizes, shape));
    outputsOf(made).forEach((output) => images.set(`${node.id}.${output.index}`, output));
    return made;
  });
  const outputs = graph.outputs.map((output) => images.get(idOf(output))!);
  const { traces: _, ...rest } = graph;
  return { ...rest, inputs, constants, nodes, outputs, symbols: {} };
}

const attrsAt = (attrs: Attrs, at: (value: number) => number): Attrs =>
  Object.fromEntries(
    Object.entries(attrs).map(([key, value]): [string, AttrValue] => [
      key,
      typeof value === "number" ? at(value) : typeof value === "object" ? value.map(at) : value,
    ]),
  );

function requireShapes(symbolic: Node, made: Node, at: (shape: readonly number[]) => number[]): void {
  made.outputs.forEach(({ shape }, i) => {
    const expected = at(symbolic.outputs[i].shape);
    if (sameShape(shape, expected)) return;
    throw new GradlabError(
      "E_SYMBOLIC",
      `${made.op.name} gives [${shape.join(", ")}] at these sizes, not [${expected.join(", ")}] as its trace says.`,
      made.origin === undefined ? {} : { where: made.origin },
    );
  });
}
