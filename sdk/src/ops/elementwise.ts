import {
  apply,
  defineOp,
  type OpDefinition,
  type SampleInput,
  type Tensor,
  type Trait,
  type VjpRule,
} from "../graph/index.js";
import { broadcastShapes, isFloat, type DType } from "../tensor/index.js";
import { GradlabError } from "../errors.js";
import { broadcastIndex, pairOf, requireSameDType, sumTo, type Operand } from "./broadcast.js";

type NoAttrs = Record<string, never>;

interface UnaryOptions {
  readonly name: string;
  readonly doc: string;
  readonly f: (x: number) => number;
  readonly vjp: (x: Tensor, y: Tensor, g: Tensor) => Tensor;
  /** Where samples lie, so that derivatives exist and are tame. */
  readonly range: readonly [low: number, high: number];
  readonly traits?: readonly Trait[];
}

/** The record of an op y = f(x) on floats, element by element. */
export function defineUnary({ name, doc, f, vjp, range, traits = [] }: UnaryOptions): OpDefinition<NoAttrs> {
  const [low, high] = range;
  return defineOp<NoAttrs>({
    name,
    doc,
    traits: ["elementwise", ...traits],
    shape: ([x]) => {
      if (!isFloat(x.dtype))
        throw new GradlabError("E_DTYPE", `${name} needs a float tensor, got ${x.dtype}.`);
      return [{ shape: x.shape, dtype: x.dtype }];
    },
    vjp: ({ inputs: [x], outputs: [y], grads: [g] }) => [g && vjp(x, y, g)],
    reference: ([x]) => [x.data.map(f)],
    samples: () => [{ inputs: [{ shape: [2, 3], dtype: "float32", low, high }], attrs: {} }],
  });
}

interface BinaryOptions {
  readonly name: string;
  readonly doc: string;
  readonly f: (a: number, b: number) => number;
  readonly vjp:
    | ((a: Tensor, b: Tensor, y: Tensor, g: Tensor) => readonly [Tensor, Tensor])
    | { nondifferentiable: string };
  readonly dtype?: DType;
  readonly range?: readonly [low: number, high: number];
  readonly traits?: readonly Trait[];
  /** b for which f(a, b) = a. */
  readonly neutral?: number;
}

/** The record of an op y = f(a, b) with NumPy broadcasting; gradients are summed back to each operand's shape. */
export function defineBinary(options: BinaryOptions): OpDefinition<NoAttrs> {
  const { name, doc, f, vjp, dtype, range: [low, high] = [-2, 2], traits = [], neutral } = options;
  const input = (shape: readonly number[]): SampleInput => ({ shape, dtype: "float32", low, high });
  return defineOp<NoAttrs>({
    name,
    doc,
    traits: ["elementwise", ...traits],
    ...(neutral === undefined ? {} : { neutral }),
    shape: ([a, b]) => {
      const common = requireSameDType(name, [a, b]);
      return [{ shape: broadcastShapes(name, a.shape, b.shape), dtype: dtype ?? common }];
    },
    vjp: typeof vjp === "function" ? binaryVjp(vjp) : vjp,
    reference: ([a, b], _, [out]) => {
      const left = broadcastIndex(out.shape, a.shape);
      const right = broadcastIndex(out.shape, b.shape);
      return [Float64Array.from(left, (index, i) => f(a.data[index], b.data[right[i]]))];
    },
    samples: () => [
      { inputs: [input([2, 3]), input([2, 3])], attrs: {} },
      { inputs: [input([2, 1, 3]), input([4, 1])], attrs: {} },
      { inputs: [input([3]), input([])], attrs: {} },
    ],
  });
}

function binaryVjp(
  vjp: (a: Tensor, b: Tensor, y: Tensor, g: Tensor) => readonly [Tensor, Tensor],
): VjpRule<NoAttrs> {
  return ({ inputs: [a, b], outputs: [y], grads: [g], need }) => {
    if (!g) return [];
    const [da, db] = vjp(a, b, y, g);
    return [need[0] ? sumTo(da, a.shape) : undefined, need[1] ? sumTo(db, b.shape) : undefined];
  };
}

/** The function form of a binary record: numbers become constants. */
export const binary =
  (op: OpDefinition<NoAttrs>) =>
  (a: Operand, b: Operand): Tensor =>
    apply(op, pairOf(a, b), {});

export const unary =
  (op: OpDefinition<NoAttrs>) =>
  (x: Tensor): Tensor =>
    apply(op, [x], {});
