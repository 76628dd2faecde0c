import { GradlabError } from "../errors.js";
import {
  alias,
  backward,
  copyOf,
  defineOp,
  evaluateGraph,
  regionOf,
  specText,
  type Graph,
  type OpDefinition,
  type ReferenceArray,
  type Spec,
  type Tensor,
  type VjpContext,
} from "../graph/index.js";
import { zeros } from "../ops/index.js";
import { isFloat, sameShape, sizeOf } from "../tensor/index.js";
import { scan } from "./scan.js";

/** What is repeated: a graph of carries, slices and captured tensors that gives the next carries and the results. */
export interface ScanBody {
  readonly graph: Graph;
  /** The same as it was written, for differentiation: what `graph` simplifies away may have gradients of its own. */
  readonly written: { readonly inputs: readonly Tensor[]; readonly outputs: readonly Tensor[] };
  readonly carries: number;
  readonly slices: number;
  /** From the last slice to the first. */
  readonly reverse: boolean;
}

export type ScanAttrs = { readonly carries: number; readonly slices: number; readonly reverse: boolean };

/**
 * The op of one scan. Inputs: first carries, sequences [T, …], captured tensors. Outputs: last carries, results
 * [T, …], and the carry that each step began with [T, …], which the gradient reads.
 */
export function scanOpOf(body: ScanBody): OpDefinition<ScanAttrs> {
  const { graph, carries, slices } = body;
  return defineOp<ScanAttrs>({
    name: "scan",
    doc: "A graph repeated over the slices of sequences, each step carrying on where the last one ended.",
    traits: [],
    shape: (inputs) => {
      const length = requireLength(inputs.slice(carries, carries + slices));
      const stacked = ({ shape, dtype }: Spec): Spec => ({ shape: [length, ...shape], dtype });
      const first = graph.inputs.slice(0, carries).map(({ shape, dtype }) => ({ shape, dtype }));
      return [...first, ...graph.outputs.slice(carries).map(stacked), ...first.map(stacked)];
    },
    vjp: (context) => pullBackScan(body, context),
    reference: (inputs, _, outputs) => runScan(body, inputs, outputs),
    samples: () => [],
    body: { graph, around: (other) => scanOpOf({ ...body, graph: other }) },
  });
}

/** @throws E_SHAPE when sequences have different lengths */
function requireLength(sequences: readonly Spec[]): number {
  const [first] = sequences;
  const other = sequences.find(({ shape }) => shape[0] !== first.shape[0]);
  if (!other) return first.shape[0];
  throw new GradlabError("E_SHAPE", `scan: ${specText(first)} and ${specText(other)} differ in length.`, {
    hint: "All sequences are cut along their first axis, so that must be equally long.",
  });
}

function runScan(
  { graph, carries, slices, reverse }: ScanBody,
  inputs: readonly ReferenceArray[],
  outputs: readonly Spec[],
): Float64Array[] {
  const length = inputs[carries].shape[0];
  const captured = inputs.slice(carries + slices).map(({ data }) => data);
  let state = inputs.slice(0, carries).map(({ data }) => data);
  const stacks = outputs.slice(carries).map(({ shape }) => new Float64Array(sizeOf(shape)));
  for (let i = 0; i < length; i++) {
    const t = reverse ? length - 1 - i : i;
    const cut = inputs.slice(carries, carries + slices).map(({ data }) => {
      const width = data.length / length;
      return data.subarray(t * width, (t + 1) * width);
    });
    const results = evaluateGraph(graph, [...state, ...cut, ...captured]);
    [...results.slice(carries), ...state].forEach((value, k) => stacks[k].set(value, t * value.length));
    state = results.slice(0, carries);
  }
  return [...state, ...stacks];
}

const floats = (tensors: readonly (Tensor | undefined)[]): Tensor[] =>
  tensors.filter((x): x is Tensor => x !== undefined && isFloat(x.dtype));

const gradientOr0 = (x: Tensor, g: Tensor | undefined): Tensor => g ?? zeros(x.shape, x.dtype);

/** What the backward scan carries. Integers have no gradients; those of the others stand in the order of their tensors. */
interface BackwardCarry {
  readonly carry: readonly Tensor[];
  readonly captured: readonly Tensor[];
}

/** What it reads at each step: the forward step's inputs, and gradients arriving at what that step gave. */
interface BackwardSlices {
  readonly xs: readonly Tensor[];
  readonly histories: readonly Tensor[];
  readonly results: readonly Tensor[];
  readonly historyGradients: readonly Tensor[];
}

/**
 * A scan in the other direction: it carries the gradient of the carry and of what was captured, and at each
 * step differentiates the body at the carry that the step began with.
 */
function pullBackScan(body: ScanBody, { inputs, outputs, grads }: VjpContext<ScanAttrs>) {
  const { carries, slices, written } = body;
  const [firsts, captured] = [inputs.slice(0, carries), inputs.slice(carries + slices)];
  const [results, histories] = [
    outputs.slice(carries, written.outputs.length),
    outputs.slice(written.outputs.length),
  ];
  const arriving = (ys: readonly Tensor[]): Tensor[] => floats(ys).map((y) => gradientOr0(y, grads[y.index]));
  const init: BackwardCarry = {
    carry: floats(firsts).map((x) => gradientOr0(x, grads[firsts.indexOf(x)])),
    captured: floats(captured).map((x) => gradientOr0(x, undefined)),
  };
  const sequences: BackwardSlices = {
    xs: inputs.slice(carries, carries + slices),
    histories,
    results: arriving(results),
    historyGradients: arriving(histories),
  };
  const step = (now: BackwardCarry, at: BackwardSlices) => stepBack(body, captured, now, at);
  const [last, dxs] = scan(step, init, sequences, { reverse: !body.reverse });
  const queue = [...last.carry, ...dxs, ...last.captured];
  return inputs.map(({ dtype }) => (isFloat(dtype) ? queue.shift() : undefined));
}

/** One step back: the gradients before it, and those of its slices. */
function stepBack(
  body: ScanBody,
  captured: readonly Tensor[],
  now: BackwardCarry,
  at: BackwardSlices,
): readonly [BackwardCarry, readonly Tensor[]] {
  const read = captured.map(alias);
  const values = copyBody(body, [...at.histories, ...at.xs, ...read]);
  const ys = [...floats(values.slice(0, body.carries)), ...floats(values.slice(body.carries))];
  const wanted = [...floats(at.histories), ...floats(at.xs), ...floats(read)];
  const found = backward(ys, [...now.carry, ...at.results], wanted).map((g, i) => gradientOr0(wanted[i], g));
  const [c, x] = [now.carry.length, floats(at.xs).length];
  const before = {
    carry: found.slice(0, c).map((g, i) => g.add(at.historyGradients[i])),
    captured: found.slice(c + x).map((g, i) => now.captured[i].add(g)),
  };
  return [before, found.slice(c, c + x)];
}

/** The body over other tensors, as it was written. */
function copyBody({ written }: ScanBody, args: readonly Tensor[]): Tensor[] {
  const region = regionOf(written.outputs, -1);
  const substitutes = region.captured.map(
    (hole) => args[written.inputs.findIndex(({ node }) => node === hole.node)],
  );
  return copyOf(region, substitutes, written.outputs);
}

/** @throws E_SHAPE when the next carry is not like the one before */
export function requireSameCarry(before: readonly Spec[], after: readonly Spec[]): void {
  const text = (specs: readonly Spec[]): string => specs.map(specText).join(", ");
  const same =
    before.length === after.length &&
    before.every(({ shape, dtype }, i) => sameShape(shape, after[i].shape) && dtype === after[i].dtype);
  if (same) return;
  throw new GradlabError(
    "E_SHAPE",
    `scan: the carry is ${text(before)} before a step and ${text(after)} after it.`,
    {
      hint: "A step must give back a carry of the same arrangement, shapes and dtypes.",
    },
  );
}
