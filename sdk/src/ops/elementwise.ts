import {
  apply,
  defineOp,
  type OpDefinition,
  type Sample,
  type SampleInput,
  type Tensor,
  type Trait,
  type VjpRule,
} from "../graph/index.js";
import { broadcastShapes, isInteger, isUnsigned, wrapInteger, type DType } from "../tensor/index.js";
import { broadcastIndex, pairOf, requireSameDType, sumTo, type Operand } from "./broadcast.js";
import { requireKind, type Kind } from "./kind.js";

type NoAttrs = Record<string, never>;

interface UnaryOptions {
  readonly name: string;
  readonly doc: string;
  readonly f: (x: number) => number;
  readonly vjp: ((x: Tensor, y: Tensor, g: Tensor) => Tensor) | { readonly nondifferentiable: string };
  /** What the operand may be. Default "float". */
  readonly kind?: Kind;
  /** The dtype of the result, where it is not the operand's. */
  readonly dtype?: DType;
  /** Where samples lie, so that derivatives exist and are tame. */
  readonly range: readonly [low: number, high: number];
  readonly traits?: readonly Trait[];
}

/** The record of an op y = f(x), element by element. */
export function defineUnary(options: UnaryOptions): OpDefinition<NoAttrs> {
  const { name, doc, f, vjp, kind = "float", dtype, traits = [], range } = options;
  const [low, high] = range;
  return defineOp<NoAttrs>({
    name,
    doc,
    traits: ["elementwise", ...traits],
    shape: ([x]) => {
      requireKind(name, [x], kind);
      return [{ shape: x.shape, dtype: dtype ?? x.dtype }];
    },
    vjp: typeof vjp === "function" ? ({ inputs: [x], outputs: [y], grads: [g] }) => [g && vjp(x, y, g)] : vjp,
    reference: ([x]) => [x.data.map(f)],
    samples: () =>
      sampleTypes(kind).map((type) => ({ inputs: [{ shape: [2, 3], dtype: type, low, high }], attrs: {} })),
  });
}

/** The dtypes that samples of a kind come in. */
const SAMPLE_TYPES: Readonly<Record<Kind, readonly DType[]>> = {
  float: ["float32", "float16", "bfloat16"],
  number: ["float32", "bfloat16", "int32", "uint32", "int8"],
  integer: ["int32", "uint32", "uint8", "int8", "int64"],
  unsigned: ["uint32", "uint8"],
  uint32: ["uint32"],
  bool: ["bool"],
  any: ["float32", "bfloat16", "int32", "uint32", "bool"],
};
const sampleTypes = (kind: Kind): readonly DType[] => SAMPLE_TYPES[kind];

interface BinaryOptions {
  readonly name: string;
  readonly doc: string;
  readonly f: (a: number, b: number) => number;
  /** The exact rule for integers of up to 32 bits, where f in double precision is not; it may leave their range. */
  readonly integer?: (a: number, b: number) => number;
  /** What the operands may be. Default "number". */
  readonly kind?: Kind;
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
  const { name, doc, f, integer = f, vjp, kind = "number", dtype, traits = [], neutral } = options;
  return defineOp<NoAttrs>({
    name,
    doc,
    traits: ["elementwise", ...traits],
    ...(neutral === undefined ? {} : { neutral }),
    shape: ([a, b]) => {
      const common = requireSameDType(name, [a, b]);
      requireKind(name, [a, b], kind);
      return [{ shape: broadcastShapes(name, a.shape, b.shape), dtype: dtype ?? common }];
    },
    vjp: typeof vjp === "function" ? binaryVjp(vjp) : vjp,
    reference: ([a, b], _, [out]) => {
      const left = broadcastIndex(out.shape, a.shape);
      const right = broadcastIndex(out.shape, b.shape);
      const rule = isInteger(a.dtype) && a.dtype !== "int64" ? integer : f;
      return [Float64Array.from(left, (index, i) => rule(a.data[index], b.data[right[i]]))];
    },
    samples: () => binarySamples(kind, options.range),
  });
}

/** Operands of one shape, both stretched, and a scalar; then every dtype, at the edges of what integers hold. */
function binarySamples(kind: Kind, [low, high]: readonly [number, number] = [-2, 2]): Sample<NoAttrs>[] {
  const [first, ...others] = sampleTypes(kind);
  const sample = (dtype: DType, ...shapes: readonly (readonly number[])[]): Sample<NoAttrs> => ({
    inputs: shapes.map<SampleInput>((shape) => ({ shape, dtype, low, high })),
    attrs: {},
  });
  return [
    kind === "uint32" ? edges(first) : sample(first, [2, 3], [2, 3]),
    sample(first, [2, 1, 3], [4, 1]),
    sample(first, [3], []),
    ...others.map((dtype) =>
      isInteger(dtype) && kind !== "unsigned" ? edges(dtype) : sample(dtype, [2, 3], [3]),
    ),
  ];
}

/** Pairs of integers where arithmetic wraps or fails: the largest and smallest, minus one, zero, and ordinary ones. */
function edges(dtype: DType): Sample<NoAttrs> {
  const top = isUnsigned(dtype)
    ? wrapInteger(-1, dtype)
    : 2 ** ({ int8: 7, int64: 20 }[dtype as string] ?? 31) - 1;
  const some = (values: readonly number[]): number[] => values.map((value) => wrapInteger(value, dtype));
  return {
    inputs: [
      { shape: [7], dtype, values: some([top, top - 1, 7, -7, 3, -top - 1, -top - 1]) },
      { shape: [7], dtype, values: some([top, 2, 3, 0, -1, 2, -1]) },
    ],
    attrs: {},
  };
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
