import { idOf, Node, Tensor, type AnyOp, type Graph } from "../../graph/index.js";
import { sameShape, sizeOf, type Shape } from "../../tensor/index.js";
import {
  fits,
  flatRows,
  MAX_ARRAYS,
  ROW_SUM,
  type Access,
  type Expression,
  type Step,
  type Value,
} from "../jit/index.js";

/** Elements below which the library's own operators are as good. */
const SMALLEST = 4096;

/** What each op is to a fused expression: the name of its step. Views and broadcasts are no steps: they only rename. */
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

/** A region of a graph that becomes one node: its elements, how they lie in rows, and who is inside. */
interface Region {
  readonly size: number;
  /** Elements of a row; undefined while nothing depends on rows. */
  width: number | undefined;
  readonly members: Set<Node>;
}

export interface FusedOp extends AnyOp {
  readonly expression: Expression;
}

/** The expression of a fused node; undefined for all others. */
export const expressionOf = (op: AnyOp): Expression | undefined => (op as Partial<FusedOp>).expression;

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
    return regions.length === 0 ? this.graph : rebuild(this.graph, regions);
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
    const step = STEPS[node.op.name]?.(node);
    const [output] = node.outputs;
    const floats = [output, ...node.inputs].every(({ dtype }) => dtype === "float32");
    if (!step || !floats || node.outputs.length !== 1) return undefined;
    const members = new Set([node]);
    const asRow = step === ROW_SUM ? undefined : this.#rowsOf(node);
    const size = step === ROW_SUM ? sizeOf(node.inputs[0].shape) : sizeOf(output.shape);
    if (size < SMALLEST && !asRow) return undefined;
    const region: Region = asRow ? { ...asRow, members } : { size, width: undefined, members };
    return this.#settle(region) ? region : undefined;
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
    const region: Region = { size: a.size, width: a.width ?? b.width, members };
    if (!this.#settle(region) || this.#returns(region)) return undefined;
    this.#adopt(region);
    return region;
  }

  #at(node: Node): number {
    return this.#position.get(node)!;
  }

  /** Finds the width that all members agree on; false where they do not, or the expression does not fit. */
  #settle(region: Region): boolean {
    const widths = new Set<number>();
    if (region.width !== undefined) widths.add(region.width);
    for (const node of region.members) {
      if (node.op.name === "sum") widths.add(node.inputs[0].shape.at(-1)!);
      for (const input of node.inputs) {
        const width = widthAsked(input, sizeOf(node.outputs[0].shape), region.size, node);
        if (width === "no") return false;
        if (width !== undefined) widths.add(width);
      }
    }
    if (widths.size > 1) return false;
    [region.width] = widths;
    const built = build(region, (node) => this.#escapes(node, region));
    return built !== undefined && fits(built.expression);
  }

  /** Whether a value is read outside its region. */
  #escapes(node: Node, region: Region): boolean {
    return (
      this.#leaving.has(node) || (this.#readers.get(node) ?? []).some((reader) => !region.members.has(reader))
    );
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

/** The width of a row that an operand asks for to be broadcast; "no" where it lies in no way that fits. */
function widthAsked(input: Tensor, own: number, size: number, node: Node): number | "no" | undefined {
  const count = sizeOf(input.shape);
  if (count === 1 || node.op.name === "sum") return undefined;
  const out = node.outputs[0].shape;
  if (own !== size) return undefined;
  if (count === size) return undefined;
  const axes = out.length;
  const padded = [...new Array<number>(axes - input.rank).fill(1), ...input.shape];
  const last = out[axes - 1];
  if (padded[axes - 1] === last && padded.slice(0, -1).every((dim) => dim === 1)) return last;
  if (padded[axes - 1] === 1 && sameShape(padded.slice(0, -1), out.slice(0, -1))) return last;
  return "no";
}

interface Built {
  readonly expression: Expression;
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Node[];
}

/** The expression of a region; undefined where an operand lies in no way it knows. */
function build(region: Region, escapes: (node: Node) => boolean): Built | undefined {
  const { size, members } = region;
  const { rows, width } =
    region.width === undefined ? flatRows(size) : { rows: size / region.width, width: region.width };
  const inputs = new Map<string, { tensor: Tensor; access: Access; at: number }>();
  const numbers = new Map<Node, number>();
  let possible = true;
  const accessOf = (shape: Shape): Access => {
    const count = sizeOf(shape);
    if (count === 1) return "scalar";
    if (count === size) return "element";
    if (count === rows && shape.at(-1) === 1) return "row";
    if (count === width && shape.at(-1) === width) return "column";
    if (count === rows) return "row";
    possible = false;
    return "scalar";
  };
  const valueOf = (input: Tensor): Value => {
    const step = numbers.get(input.node);
    if (step !== undefined) return { step };
    const constant = constantOf(input);
    if (constant !== undefined) return { number: constant };
    const id = idOf(input);
    const known = inputs.get(id);
    if (known) return { input: known.at };
    const at = inputs.size;
    inputs.set(id, { tensor: input, access: accessOf(input.shape), at });
    return { input: at };
  };
  const steps: Step[] = [];
  for (const node of members) {
    const access = sizeOf(node.outputs[0].shape) === size ? "element" : "row";
    const args = node.inputs.map(valueOf);
    numbers.set(node, steps.length);
    steps.push({ op: STEPS[node.op.name](node)!, args, access });
  }
  const outputs = [...members].filter(escapes);
  if (!possible || inputs.size + outputs.length > MAX_ARRAYS || !sound(steps, [...inputs.values()]))
    return undefined;
  return {
    expression: {
      rows,
      width,
      inputs: [...inputs.values()].map(({ access }) => access),
      steps,
      outputs: outputs.map((node) => numbers.get(node)!),
    },
    inputs: [...inputs.values()].map(({ tensor }) => tensor),
    outputs,
  };
}

/** Steps of rows may read only what a row has one of; sums only what each element has. */
function sound(steps: readonly Step[], inputs: readonly { access: Access }[]): boolean {
  const accessOf = (value: Value): Access =>
    "step" in value ? steps[value.step].access : "input" in value ? inputs[value.input].access : "scalar";
  return steps.every(({ op, args, access }) => {
    const read = args.map(accessOf);
    if (op === ROW_SUM) return read[0] === "element";
    return access === "element" || read.every((one) => one === "row" || one === "scalar");
  });
}

/** The number a constant is filled with. */
function constantOf({ node }: Tensor): number | undefined {
  return node.inputs.length === 0 && "value" in node.attrs && !node.op.traits.includes("leaf")
    ? Number(node.attrs.value)
    : undefined;
}

function rebuild(graph: Graph, regions: readonly Region[]): Graph {
  const regionOf = new Map<Node, Region>();
  for (const region of regions) for (const member of region.members) regionOf.set(member, region);
  const images = new Map<string, Tensor>();
  const image = (tensor: Tensor): Tensor => images.get(idOf(tensor)) ?? tensor;
  const leaving = new Set(graph.outputs.map(({ node }) => node));
  const readers = new Map<Node, Node[]>();
  for (const node of graph.nodes) {
    for (const { node: from } of node.inputs) readers.set(from, [...(readers.get(from) ?? []), node]);
  }
  const nodes: Node[] = [];
  const done = new Set<Node>();
  const emit = (root: Node): void => {
    const stack = [root];
    while (stack.length > 0) {
      const node = stack[stack.length - 1];
      const region = regionOf.get(node);
      const members = region ? [...region.members] : [node];
      if (done.has(node)) {
        stack.pop();
        continue;
      }
      const open = members
        .flatMap((member) => member.inputs.map((input) => input.node))
        .filter((from) => !done.has(from) && inGraph.has(from) && !(region?.members.has(from) ?? false));
      if (open.length > 0) {
        stack.push(...open);
        continue;
      }
      stack.pop();
      members.forEach((member) => done.add(member));
      nodes.push(...(region ? fusedNode(region) : [plainNode(node)]));
    }
  };
  const plainNode = (node: Node): Node => {
    const copy = new Node(node.op, node.inputs.map(image), node.attrs, node.outputs, node.made);
    node.outputs.forEach((_, index) => images.set(`${node.id}.${index}`, new Tensor(copy, index)));
    return copy;
  };
  const fusedNode = (region: Region): Node[] => {
    const escapes = (node: Node): boolean =>
      leaving.has(node) || (readers.get(node) ?? []).some((reader) => !region.members.has(reader));
    const { expression, inputs, outputs } = build(region, escapes)!;
    const specs = outputs.map((node) => node.outputs[0]);
    const { made } = [...region.members].at(-1)!;
    const node = new Node(fusedOp(expression), inputs.map(image), {}, specs, made);
    outputs.forEach((member, index) => images.set(`${member.id}.0`, new Tensor(node, index)));
    return [node];
  };
  const inGraph = new Set(graph.nodes);
  // A region stands where its last member stood: earlier, it would pull forward all that it reads.
  for (const node of graph.nodes) {
    const region = regionOf.get(node);
    if (!region || [...region.members].at(-1) === node) emit(node);
  }
  return { ...graph, nodes, outputs: graph.outputs.map(image) };
}

const never = (): never => {
  throw new Error("a fused node is only written, never interpreted");
};

const fusedOp = (expression: Expression): FusedOp => ({
  name: `fused(${[...new Set(expression.steps.map(({ op }) => op))].join("+")})`,
  doc: "Several elementwise ops in one pass over memory.",
  traits: ["elementwise"],
  shape: never,
  vjp: { nondifferentiable: "it is made after differentiation" },
  reference: never,
  samples: () => [],
  flops: () => expression.rows * expression.width * expression.steps.length,
  expression,
});
