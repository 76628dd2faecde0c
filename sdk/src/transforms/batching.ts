import { applyAll, type AnyOp, type Attrs, type AttrValue, type Node, type Tensor } from "../graph/index.js";
import { add, arange, expand, matmul, mul, OPS, reshape, type OpName } from "../ops/index.js";

/** One op over a batch of examples: its inputs, those that differ between examples with a first axis more. */
export interface Batching {
  /** The op as it stands in the function of one example. */
  readonly node: Node;
  readonly inputs: readonly Tensor[];
  readonly batched: readonly boolean[];
  /** How many examples. */
  readonly size: number;
}

/** The outputs for all examples, with a first axis more; undefined where the rule does not reach. */
type Rule = (context: Batching) => readonly Tensor[] | undefined;

const run = ({ node }: Batching, inputs: readonly Tensor[], attrs: Attrs = node.attrs): Tensor[] =>
  applyAll(node.op, inputs, attrs);

/** An input with the batch axis, whether it had it or not. */
function full({ inputs, batched, size }: Batching, i: number): Tensor {
  const x = inputs[i];
  return batched[i] ? x : expand(reshape(x, [1, ...x.shape]), [size, ...x.shape]);
}

const allFull = (context: Batching): Tensor[] => context.inputs.map((_, i) => full(context, i));

const only = ({ batched }: Batching, allowed: readonly number[]): boolean =>
  batched.every((has, i) => !has || allowed.includes(i));

/** Broadcasting aligns shapes at the right, so the batch axis moves in front of the longest shape. */
const elementwise: Rule = (context) => {
  const { node, inputs, batched, size } = context;
  const rank = Math.max(...node.outputs.map(({ shape }) => shape.length));
  const aligned = inputs.map((x, i) => {
    const own = node.inputs[i].shape;
    const gap = new Array<number>(rank - own.length).fill(1);
    return batched[i] && gap.length > 0 ? reshape(x, [size, ...gap, ...own]) : x;
  });
  const fits = (xs: readonly Tensor[]): boolean => {
    try {
      const specs = node.op.shape(xs, node.attrs);
      return specs.every(({ shape }, i) => shape.length === node.outputs[i].shape.length + 1);
    } catch {
      return false;
    }
  };
  if (fits(aligned)) return run(context, aligned);
  // Ops that do not broadcast take every input of the result's rank with the batch axis.
  const wide = aligned.map((x, i) => (node.inputs[i].shape.length === rank ? full(context, i) : x));
  return fits(wide) ? run(context, wide) : undefined;
};

const next = (value: AttrValue): AttrValue =>
  typeof value === "number"
    ? value + 1
    : Array.isArray(value)
      ? (value as number[]).map((axis) => axis + 1)
      : value;

/** Ops along named axes: these are one further. */
const alongAxes: Rule = (context) => {
  const attrs = Object.entries(context.node.attrs).map(([key, value]): [string, AttrValue] => [
    key,
    key === "axis" || key === "axes" ? next(value) : value,
  ]);
  return run(context, allFull(context), Object.fromEntries(attrs));
};

/** Ops on the last axes of their first input, with further inputs that all examples share. */
const onLastAxes: Rule = (context) => (only(context, [0]) ? run(context, context.inputs) : undefined);

/** Ops with a batch axis of their own in front of some inputs: examples are laid into it. */
const intoFirstAxis =
  (...positions: readonly number[]): Rule =>
  (context) => {
    if (!only(context, positions)) return undefined;
    const { node, inputs, size } = context;
    const folded = inputs.map((x, i) => {
      if (!positions.includes(i)) return x;
      const [first, ...rest] = node.inputs[i].shape;
      return reshape(full(context, i), [size * first, ...rest]);
    });
    return run(context, folded).map((y, i) => reshape(y, [size, ...node.outputs[i].shape]));
  };

/** The bias of attention may have a batch axis, which must not be repeated for the examples. */
const attention: Rule = (context) =>
  context.node.inputs.length > 3 &&
  context.node.inputs[3].shape.length === 4 &&
  context.node.inputs[3].shape[0] !== 1
    ? undefined
    : intoFirstAxis(0, 1, 2)(context);

/** The batch axis goes in front of the longer operand's; matmul broadcasts what lies between. */
const matmulRule: Rule = (context) => {
  const { node, inputs, batched, size } = context;
  const rank = Math.max(node.inputs[0].shape.length, node.inputs[1].shape.length);
  const [left, right] = inputs.slice(0, 2).map((x, i) => {
    const own = node.inputs[i].shape;
    return batched[i] ? reshape(x, [size, ...new Array<number>(rank - own.length).fill(1), ...own]) : x;
  });
  const y = matmul(left, right, node.attrs);
  if (!node.inputs[2]) return [y];
  const width = node.inputs[2].shape[0];
  const bias = batched[2]
    ? reshape(inputs[2], [size, ...new Array<number>(rank - 1).fill(1), width])
    : inputs[2];
  return [add(y, bias)];
};

/** Rows of all examples' tables below each other, and where each example's begin. */
function stackedTable(context: Batching, table: number, index: number): { table: Tensor; index: Tensor } {
  const { node, size } = context;
  const [rows, ...rest] = node.inputs[table].shape;
  const at = full(context, index);
  const offsets = reshape(mul(arange(size), rows), [size, ...node.inputs[index].shape.map(() => 1)]);
  return { table: reshape(full(context, table), [size * rows, ...rest]), index: add(at, offsets) };
}

const gather: Rule = (context) => {
  if (!context.batched[0]) return run(context, context.inputs);
  const { table, index } = stackedTable(context, 0, 1);
  return run(context, [table, index]);
};

const scatterAdd: Rule = (context) => {
  const { table, index } = stackedTable(context, 0, 1);
  const [y] = run(context, [table, index, full(context, 2)]);
  return [reshape(y, [context.size, ...context.node.outputs[0].shape])];
};

const expandRule: Rule = (context) => {
  const { node, inputs, size } = context;
  const [own, shape] = [node.inputs[0].shape, node.outputs[0].shape];
  const gap = new Array<number>(shape.length - own.length).fill(1);
  return [expand(reshape(inputs[0], [size, ...gap, ...own]), [size, ...shape])];
};

/** How ops work on a batch at once. Others are computed example by example. */
const RULES: Readonly<Partial<Record<OpName, Rule>>> = {
  after: (context) => run(context, [full(context, 0), ...context.inputs.slice(1)]),
  attention,
  averagePool: intoFirstAxis(0),
  cholesky: onLastAxes,
  conv: intoFirstAxis(0),
  convInput: intoFirstAxis(0),
  eigh: onLastAxes,
  expand: expandRule,
  gather,
  indexSelect: (context) => {
    const { node, inputs, batched } = context;
    return batched[1] ? undefined : run(context, inputs, { ...node.attrs, axis: next(node.attrs.axis) });
  },
  layerNorm: onLastAxes,
  matmul: matmulRule,
  pinv: onLastAxes,
  projectionLoss: intoFirstAxis(0, 2),
  qr: onLastAxes,
  reshape: ({ node, inputs, size }) => [reshape(inputs[0], [size, ...node.outputs[0].shape])],
  rmsNorm: onLastAxes,
  rope: intoFirstAxis(0, 1),
  scatterAdd,
  slogdet: onLastAxes,
  softmax: onLastAxes,
  solve: (context) => run(context, allFull(context)),
  subtractOneHot: intoFirstAxis(0, 1),
  svd: onLastAxes,
  tokenLoss: intoFirstAxis(0, 1),
  transpose: ({ node, inputs }) =>
    applyAll(node.op, inputs, {
      order: [0, ...(node.attrs.order as readonly number[]).map((axis) => axis + 1)],
    }),
  triangularSolve: (context) => run(context, allFull(context)),
  trilu: onLastAxes,
};

/** The rule of an op: its own, or that of its kind; only ops of the table are known so well. */
function ruleOf(op: AnyOp, attrs: Attrs): Rule | undefined {
  if (op.traits.includes("elementwise")) return elementwise;
  if ((OPS as Readonly<Record<string, AnyOp>>)[op.name] !== op) return undefined;
  return RULES[op.name as OpName] ?? ("axis" in attrs || "axes" in attrs ? alongAxes : undefined);
}

/** Whether an op works on a batch at once, for some of its inputs at least; others go example by example. */
export const hasBatchRule = (op: AnyOp, attrs: Attrs = {}): boolean => ruleOf(op, attrs) !== undefined;

/** The outputs for all examples at once, where a rule reaches. */
export const batchedAtOnce = (context: Batching): readonly Tensor[] | undefined =>
  ruleOf(context.node.op, context.node.attrs)?.(context);
