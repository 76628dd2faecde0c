import { idOf, type Node, type Tensor } from "../../graph/index.js";
import { sameShape, sizeOf } from "../../tensor/index.js";
import {
  fits,
  flatRows,
  ROW_SUM,
  type Access,
  type Expression,
  type Step,
  type Value,
} from "../jit/index.js";

/** What each op is to a fused expression: the name of its step. */
const STEPS: Readonly<Record<string, (node: Node) => string | undefined>> = {
  abs: () => "abs",
  add: () => "add",
  div: () => "div",
  erf: () => "erf",
  exp: () => "exp",
  gelu: ({ attrs }) => (attrs.approximate === "tanh" ? "geluTanh" : "gelu"),
  mul: () => "mul",
  neg: () => "neg",
  reciprocal: () => "reciprocal",
  relu: () => "relu",
  sigmoid: () => "sigmoid",
  silu: () => "silu",
  sqrt: () => "sqrt",
  square: () => "square",
  sub: () => "sub",
  sum: (node) => (isRowSum(node) ? ROW_SUM : undefined),
  tanh: () => "tanh",
};

function isRowSum({ attrs, inputs: [x] }: Node): boolean {
  const axes = attrs.axes as readonly number[];
  return axes.length === 1 && axes[0] === x.rank - 1 && x.rank > 1;
}

/** The step an op is; undefined where it is none. */
export const stepOf = (node: Node): string | undefined => STEPS[node.op.name]?.(node);

/** A region of a graph that becomes one node: its elements, how they lie in rows, and who is inside, in order. */
export interface Region {
  readonly size: number;
  /** Elements of a row; undefined where nothing depends on rows. */
  readonly width: number | undefined;
  readonly members: ReadonlySet<Node>;
}

/**
 * How an operand lies under the elements of its reader; undefined where it lies in no way that expressions know. Shapes
 * decide, not counts: under a square, [n] gives each column a value and [n, 1] each row.
 */
function accessOf(input: Tensor, node: Node, size: number): Access | undefined {
  const count = sizeOf(input.shape);
  const out = node.outputs[0].shape;
  if (stepOf(node) === ROW_SUM) return count === size ? "element" : undefined;
  if (count === 1) return "scalar";
  if (sizeOf(out) !== size) return sameShape(input.shape, out) ? "row" : undefined;
  if (count === size) return "element";
  const padded = [...new Array<number>(out.length - input.rank).fill(1), ...input.shape];
  const [lead, last] = [padded.slice(0, -1), padded[padded.length - 1]];
  if (last === out[out.length - 1] && lead.every((dim) => dim === 1)) return "column";
  return last === 1 && sameShape(lead, out.slice(0, -1)) ? "row" : undefined;
}

/** The region with the width that all its members ask for; undefined where they do not agree. */
export function withWidth(region: Region): Region | undefined {
  const widths = new Set<number>(region.width === undefined ? [] : [region.width]);
  for (const node of region.members) {
    const [output] = node.outputs;
    const sums = stepOf(node) === ROW_SUM;
    for (const input of sizeOf(output.shape) === region.size || sums ? node.inputs : []) {
      const access = accessOf(input, node, region.size);
      if (access === undefined) return undefined;
      if (sums) widths.add(input.shape.at(-1)!);
      else if (access === "column" || access === "row") widths.add(output.shape.at(-1)!);
    }
  }
  const [width] = widths;
  return widths.size > 1 ? undefined : { ...region, width };
}

export interface Written {
  readonly expression: Expression;
  readonly inputs: readonly Tensor[];
  /** Members whose values are read outside. */
  readonly outputs: readonly Node[];
}

/** The expression of a region; undefined where an operand lies in no way it knows, or registers do not suffice. */
export function write(region: Region, escapes: (node: Node) => boolean): Written | undefined {
  const { size, members } = region;
  const { rows, width } =
    region.width === undefined ? flatRows(size) : { rows: size / region.width, width: region.width };
  const inputs = new Map<string, { readonly tensor: Tensor; readonly access: Access; readonly at: number }>();
  const numbers = new Map<Node, number>();
  const steps: Step[] = [];
  const valueOf = (input: Tensor, node: Node): Value | undefined => {
    const constant = constantOf(input);
    if (constant !== undefined) return { number: constant };
    const access = accessOf(input, node, size);
    const step = numbers.get(input.node);
    if (step !== undefined)
      return access === steps[step].access || access === "scalar" ? { step } : undefined;
    if (!access) return undefined;
    const key = `${idOf(input)} ${access}`;
    const known = inputs.get(key) ?? { tensor: input, access, at: inputs.size };
    inputs.set(key, known);
    return { input: known.at };
  };
  for (const node of members) {
    const args = node.inputs.map((input) => valueOf(input, node));
    if (args.includes(undefined)) return undefined;
    const access = sizeOf(node.outputs[0].shape) === size ? "element" : "row";
    numbers.set(node, steps.length);
    steps.push({ op: stepOf(node)!, args: args as Value[], access });
  }
  const outputs = [...members].filter(escapes);
  const read = [...inputs.values()];
  const expression = {
    rows,
    width,
    inputs: read.map(({ access }) => access),
    steps,
    outputs: outputs.map((node) => numbers.get(node)!),
  };
  return fits(expression) ? { expression, inputs: read.map(({ tensor }) => tensor), outputs } : undefined;
}

/** The number a constant is filled with. */
function constantOf({ node }: Tensor): number | undefined {
  return node.inputs.length === 0 && "value" in node.attrs && !node.op.traits.includes("leaf")
    ? Number(node.attrs.value)
    : undefined;
}
