import type { Graph, Node } from "../../../graph/index.js";
import type { DType, Shape } from "../../../tensor/index.js";
import { ELEMENT_TYPES, type OnnxAttribute, type OnnxModel } from "../model.js";

/**
 * Where a program runs: operators that are missing, slow or wrong on one device have rows of their own. A portable
 * program holds operators of the ONNX standard only, for runtimes of others.
 */
export type Device = "cpu" | "webgpu" | "portable";

/** What a lowering rule sees: the node, the names of its inputs and which outputs anyone reads. */
export interface LowerContext {
  readonly model: OnnxModel;
  readonly node: Node;
  readonly inputs: readonly string[];
  readonly used: (output: number) => boolean;
  readonly device: Device;
  /** Writes a graph that lies inside the node, over inputs of these names; gives the names of its outputs. */
  readonly inner: (graph: Graph, inputs: readonly string[]) => readonly string[];
  /** Whether nodes may be machine code of our own. */
  readonly kernels: boolean;
}

/** Emits ONNX nodes for one op; returns a name per output. */
export type Lower = (context: LowerContext) => readonly string[];

/** The row of an op that is written out by its `decompose`: for ops whose speed does not matter. */
export const DECOMPOSED = "decomposed";

/** The row of an op that no program holds: the runtime computes it between programs. */
export const HOST = "host";

export type Attributes = Readonly<Record<string, OnnxAttribute>>;

/** An op that is one ONNX operator of the same operands. */
export const direct =
  (type: string, attributes: Attributes = {}, domain = ""): Lower =>
  ({ model, inputs }) =>
    model.node(type, inputs, { attributes, domain });

export const one = (
  model: OnnxModel,
  type: string,
  inputs: readonly string[],
  attributes: Attributes = {},
  domain = "",
): string => model.node(type, inputs, { attributes, domain })[0];

/** @param from the shape it has, where it may have symbolic axes that stay */
export const reshaped = (model: OnnxModel, name: string, shape: Shape, from?: Shape): string =>
  one(model, "Reshape", [name, model.shape(shape, from)]);

/** A reshape that leaves the first axes as they are, whatever their run-time sizes: 0 stands for "the same". */
export const keepLead = (model: OnnxModel, name: string, lead: number, rest: readonly number[]): string =>
  one(model, "Reshape", [name, model.ints([...new Array<number>(lead).fill(0), ...rest])]);

/** One axis of a value's run-time shape, as an int32 scalar. */
export function dimOf(model: OnnxModel, name: string, axis: number): string {
  const dim = one(model, "Gather", [one(model, "Shape", [name]), model.scalar(axis, "int64")]);
  return one(model, "Cast", [dim], { to: ELEMENT_TYPES.int32 });
}

export const flag = (value: unknown): number => (value ? 1 : 0);

/** Indices as ONNX should read them: its own would count negative ones from the end, these lie far outside. */
export const unsigned = (model: OnnxModel, index: string): string =>
  one(model, "Cast", [one(model, "Cast", [index], { to: ELEMENT_TYPES.uint32 })], {
    to: ELEMENT_TYPES.int64,
  });

export const isOne = (node: Node): boolean => node.attrs.value === 1 && node.inputs.length === 0;

/** A number from a value's shape, known once the value is: its size, or for bfloat16 (which has no Size) the sum of its axes. */
export const sizeOnceKnown = (model: OnnxModel, name: string, dtype: DType): string =>
  dtype === "bfloat16"
    ? one(model, "ReduceSum", [one(model, "Shape", [name])], { keepdims: 0 })
    : one(model, "Size", [name]);
