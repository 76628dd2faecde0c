import {
  fromBFloatBits,
  fromHalfBits,
  isInteger,
  toBFloatBits,
  toHalfBits,
  wrapInteger,
  type DType,
} from "../tensor/index.js";
import type { ReferenceArray } from "./op.js";
import type { Graph } from "./program-graph.js";
import { idOf } from "./tensor.js";

/** The outputs of a graph by the plain definitions of its ops, in double precision. */
export function evaluateGraph(
  graph: Graph,
  inputs: readonly Float64Array[],
  constants: readonly Float64Array[] = [],
): Float64Array[] {
  const values = new Map<string, Float64Array>();
  graph.constants.forEach(({ tensor }, i) => values.set(idOf(tensor), constants[i]));
  graph.inputs.forEach((leaf, i) => values.set(idOf(leaf), inputs[i]));
  for (const node of graph.nodes) {
    const operands = node.inputs.map<ReferenceArray>((input) => ({
      shape: input.shape,
      dtype: input.dtype,
      data: values.get(idOf(input))!,
    }));
    node.op.reference(operands, node.attrs, node.outputs).forEach((result, index) => {
      values.set(`${node.id}.${index}`, settled(result, node.outputs[index].dtype));
    });
  }
  return graph.outputs.map((output) => values.get(idOf(output))!);
}

/** What a dtype keeps of a result: integers wrap, half floats round. Single floats keep double precision. */
function settled(values: Float64Array, dtype: DType): Float64Array {
  if (isInteger(dtype)) return values.map((value) => wrapInteger(value, dtype));
  if (dtype === "float16") return values.map((value) => fromHalfBits(toHalfBits(value)));
  if (dtype === "bfloat16") return values.map((value) => fromBFloatBits(toBFloatBits(value)));
  return values;
}
