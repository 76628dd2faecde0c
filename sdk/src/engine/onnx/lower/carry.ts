import { GradlabError } from "../../../errors.js";
import { Node, Tensor, type Spec } from "../../../graph/index.js";
import type { OpName } from "../../../ops/index.js";
import type { DType } from "../../../tensor/index.js";
import { ELEMENT_TYPES } from "../model.js";
import { one, type Device, type Lower } from "./context.js";

/**
 * The dtypes for which the library has no kernel (measured on 1.30), op by op. Their values are carried in a
 * wider type and converted back, so that every op takes every dtype it is defined on.
 */
const MISSING: Readonly<Partial<Record<OpName, readonly DType[]>>> = {
  argMax: ["uint32"],
  argMin: ["uint32"],
  atan: ["float64"],
  attention: ["float16", "float64"],
  averagePool: ["float64"],
  conv: ["float64"],
  convInput: ["float64"],
  convWeight: ["float64"],
  cumsum: ["int8", "uint8", "uint32"],
  elu: ["float64"],
  erf: ["float64"],
  gelu: ["float64"],
  layerNorm: ["float16"],
  leakyRelu: ["float64"],
  max: ["uint32"],
  min: ["uint32"],
  neg: ["uint8", "uint32"],
  prod: ["int8", "uint8", "uint32"],
  projectionLoss: ["float16"],
  rmsNorm: ["float16"],
  scatterAdd: ["float16"],
  silu: ["float64"],
  softplus: ["float64"],
  subtractOneHot: ["float16", "float64"],
  sum: ["int8", "uint8", "uint32"],
  tan: ["float64"],
  tokenLoss: ["float16", "float64"],
  topK: ["uint32"],
  trilu: ["int8", "uint8", "uint32"],
  where: ["int8", "uint32"],
};

/** Ops that move half floats or look at them without computing; on the CPU all others compute them in float32. */
const HALF_NATIVE: ReadonlySet<string> = new Set<OpName>([
  "after",
  "arange",
  "cast",
  "concat",
  "flip",
  "gather",
  "gatherElements",
  "indexSelect",
  "isNaN",
  "reshape",
  "sign",
  "slice",
  "split",
  "stopGradient",
  "stride",
  "transpose",
]);

/** Ops whose rules mix float16 with single floats, or need kernels that a GPU lacks for it. */
const FLOAT16_MISSING: ReadonlySet<string> = new Set<OpName>([
  "adamw",
  "attention",
  "layerNorm",
  "projectionLoss",
  "rmsNorm",
  "scatterAdd",
  "scatterElementsAdd",
  "subtractOneHot",
  "tokenLoss",
]);

const WIDER: Readonly<Partial<Record<DType, DType>>> = {
  bfloat16: "float32",
  float16: "float32",
  int8: "int32",
  uint8: "int32",
  uint32: "int64",
  bool: "int32",
};

function lacks(op: string, dtype: DType, device: Device): boolean {
  if (dtype === "float16" && device === "webgpu") return FLOAT16_MISSING.has(op);
  if (dtype === "float16" || dtype === "bfloat16") return !HALF_NATIVE.has(op);
  return MISSING[op as OpName]?.includes(dtype) ?? false;
}

/** The dtype in which an op computes values of `dtype`. @throws E_DTYPE where there is none */
function carrierOf(op: string, dtype: DType, device: Device): DType {
  if (!lacks(op, dtype, device)) return dtype;
  const wider = WIDER[dtype];
  if (wider) return wider;
  throw new GradlabError("E_DTYPE", `${op} of ${dtype} has no kernel in ONNX Runtime.`, {
    hint: 'Convert with .cast("float32"), or compute with useEngine(new ReferenceEngine()).',
  });
}

/** A rule that sees only dtypes the library has kernels for: others are widened before it and narrowed behind it. */
export const carried =
  (lower: Lower): Lower =>
  (context) => {
    const { model, node, inputs, device } = context;
    const widen = ({ shape, dtype }: Spec): Spec => ({
      shape,
      dtype: carrierOf(node.op.name, dtype, device),
    });
    const wide = node.inputs.map(widen);
    const results = node.outputs.map((output) => (output.dtype === "bool" ? output : widen(output)));
    const same = (a: readonly Spec[], b: readonly Spec[]): boolean =>
      a.every(({ dtype }, i) => dtype === b[i].dtype);
    if (same(wide, node.inputs) && same(results, node.outputs)) return lower(context);
    const cast = (name: string, from: DType, to: DType): string =>
      from === to || name === "" ? name : one(model, "Cast", [name], { to: ELEMENT_TYPES[to] });
    const operands = node.inputs.map((input, i) =>
      input.dtype === wide[i].dtype ? input : new Tensor(new Node(input.node.op, [], {}, [wide[i]])),
    );
    const outputs = lower({
      ...context,
      node: new Node(node.op, operands, node.attrs, results),
      inputs: inputs.map((name, i) => cast(name, node.inputs[i].dtype, wide[i].dtype)),
    });
    return outputs.map((name, i) => cast(name, results[i].dtype, node.outputs[i].dtype));
  };
