import { GradlabError } from "../../errors.js";
import type { DType, HostArray } from "../../tensor/index.js";
import { ProtobufWriter } from "./protobuf.js";

/** ONNX element type numbers (TensorProto.DataType). */
export const ELEMENT_TYPES: Readonly<Record<DType, number>> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  // Four-bit integers are computed as bytes: the library has next to no operators on them.
  uint4: 2,
  int4: 3,
  int32: 6,
  int64: 7,
  bool: 9,
  float16: 10,
  float64: 11,
  uint32: 12,
  bfloat16: 16,
};

/** An attribute: integers, floats (marked), strings, and lists of integers. */
export type OnnxAttribute = number | { readonly float: number } | string | readonly number[];

interface ValueInfo {
  readonly name: string;
  readonly dtype: DType;
  /** Numbers, or names of symbolic axes. */
  readonly shape: readonly (number | string)[];
}

const OPSET = 23;
const IR_VERSION = 11;
export const CONTRIB = "com.microsoft";

/**
 * Collects nodes, initializers, inputs and outputs and writes an ONNX ModelProto.
 *
 * @source onnx.proto3 (field numbers), ONNX opset 23 with the com.microsoft contrib domain
 */
export class OnnxModel {
  readonly #nodes: ProtobufWriter[] = [];
  readonly #initializers = new Map<string, ProtobufWriter>();
  readonly #inputs: ValueInfo[] = [];
  readonly #outputs: ValueInfo[] = [];
  #names = 0;

  /** @param symbols stand-in sizes of symbolic axes, by name */
  constructor(readonly symbols: Readonly<Record<string, number>> = {}) {}

  isSymbolic(dim: number): boolean {
    return Object.values(this.symbols).includes(dim);
  }

  /** The target of a Reshape; a symbolic axis is the one ONNX computes. @throws E_ENGINE for two of them */
  shape(dims: readonly number[]): string {
    const free = dims.filter((dim) => this.isSymbolic(dim)).length;
    if (free > 1)
      throw new GradlabError("E_ENGINE", `Two symbolic axes in one reshape: [${dims.join(", ")}].`);
    return this.ints(dims.map((dim) => (this.isSymbolic(dim) ? -1 : dim)));
  }

  /** A name no other value has. */
  fresh(prefix = "t"): string {
    return `${prefix}${this.#names++}`;
  }

  /** Adds a node; missing optional inputs are "". Returns its output names. */
  node(
    type: string,
    inputs: readonly string[],
    options: {
      readonly attributes?: Readonly<Record<string, OnnxAttribute>>;
      readonly outputs?: number | readonly string[];
      readonly domain?: string;
    } = {},
  ): string[] {
    const count = options.outputs ?? 1;
    const names = typeof count === "number" ? Array.from({ length: count }, () => this.fresh()) : [...count];
    const proto = new ProtobufWriter();
    inputs.forEach((name) => proto.string(1, name));
    names.forEach((name) => proto.string(2, name));
    proto.string(3, this.fresh("n")).string(4, type);
    for (const [name, value] of Object.entries(options.attributes ?? {}))
      proto.message(5, attribute(name, value));
    if (options.domain) proto.string(7, options.domain);
    this.#nodes.push(proto);
    return names;
  }

  /** A constant tensor stored in the model. Equal small constants are shared by `key`. */
  initializer(array: HostArray, key?: string): string {
    const name = key ?? this.fresh("c");
    if (!this.#initializers.has(name)) {
      const { data, shape, dtype } = array;
      const proto = new ProtobufWriter();
      shape.forEach((dim) => proto.int(1, dim));
      proto.int(2, ELEMENT_TYPES[dtype]).string(8, name);
      proto.bytes(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
      this.#initializers.set(name, proto);
    }
    return name;
  }

  scalar(value: number, dtype: "float32" | "int64" | "int32" = "float32"): string {
    const data =
      dtype === "float32"
        ? Float32Array.of(value)
        : dtype === "int64"
          ? BigInt64Array.of(BigInt(value))
          : Int32Array.of(value);
    return this.initializer({ dtype, shape: [], data }, `k_${dtype}_${value}`);
  }

  ints(values: readonly number[]): string {
    const data = BigInt64Array.from(values, BigInt);
    return this.initializer({ dtype: "int64", shape: [values.length], data }, `k_ints_${values.join("_")}`);
  }

  input(name: string, dtype: DType, shape: readonly number[]): string {
    this.#inputs.push({ name, dtype, shape: this.#named(shape) });
    return name;
  }

  output(name: string, dtype: DType, shape: readonly number[]): void {
    this.#outputs.push({ name, dtype, shape: this.#named(shape) });
  }

  #named(shape: readonly number[]): (number | string)[] {
    const names = new Map(Object.entries(this.symbols).map(([name, size]) => [size, name]));
    return shape.map((dim) => names.get(dim) ?? dim);
  }

  isInitializer(name: string): boolean {
    return this.#initializers.has(name);
  }

  finish(): Uint8Array {
    const graph = new ProtobufWriter();
    this.#nodes.forEach((node) => graph.message(1, node));
    graph.string(2, "gradlab");
    this.#initializers.forEach((tensor) => graph.message(5, tensor));
    this.#inputs.forEach((info) => graph.message(11, valueInfo(info)));
    this.#outputs.forEach((info) => graph.message(12, valueInfo(info)));
    const opset = (domain: string, version: number): ProtobufWriter =>
      new ProtobufWriter().string(1, domain).int(2, version);
    return new ProtobufWriter()
      .int(1, IR_VERSION)
      .string(2, "gradlab")
      .message(7, graph)
      .message(8, opset("", OPSET))
      .message(8, opset(CONTRIB, 1))
      .finish();
  }
}

/** AttributeProto: f=2, i=3, s=4, ints=8; type numbers 1, 2, 3, 7. */
function attribute(name: string, value: OnnxAttribute): ProtobufWriter {
  const proto = new ProtobufWriter().string(1, name);
  if (typeof value === "number") return proto.int(3, value).int(20, 2);
  if (typeof value === "string") return proto.string(4, value).int(20, 3);
  if ("float" in value) return proto.float(2, value.float).int(20, 1);
  value.forEach((item) => proto.int(8, item));
  return proto.int(20, 7);
}

function valueInfo({ name, dtype, shape }: ValueInfo): ProtobufWriter {
  const dims = new ProtobufWriter();
  for (const dim of shape) {
    const proto = new ProtobufWriter();
    if (typeof dim === "number") proto.int(1, dim);
    else proto.string(2, dim);
    dims.message(1, proto);
  }
  const tensorType = new ProtobufWriter().int(1, ELEMENT_TYPES[dtype]).message(2, dims);
  return new ProtobufWriter().string(1, name).message(2, new ProtobufWriter().message(1, tensorType));
}
