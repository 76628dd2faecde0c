import type { Kernel } from "../engine.js";
import { GradlabError } from "../../errors.js";
import { formatForm, type SizeTable } from "../../graph/index.js";
import { fromNumbers, type DType, type HostArray } from "../../tensor/index.js";
import type { NativeKernel } from "../jit/index.js";
import type { ExternalData } from "./external.js";
import { ProtobufWriter } from "./protobuf.js";
import { RuntimeSizes } from "./sizes.js";

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
export type OnnxAttribute = number | { readonly float: number } | Subgraph | string | readonly number[];

/** A graph inside an attribute. */
export interface Subgraph {
  readonly graph: ProtobufWriter;
}

export interface ValueInfo {
  readonly name: string;
  readonly dtype: DType;
  /** Numbers, or names of symbolic axes. */
  readonly shape: readonly (number | string)[];
}

/** TensorProto.DataLocation of data outside the file. */
const EXTERNAL = 1;

/** How a file that others open differs from a program of our own. */
export interface FileOptions {
  /** Names that are given to values by others. */
  readonly reserved?: ReadonlySet<string>;
  /** Where large arrays go; without it they lie in the model. */
  readonly external?: ExternalData;
}

/** A Reshape's "as it was". */
const SAME = 0;

const OPSET = 23;
/** The GPU's provider has no kernels for later versions of some operators (ConvTranspose, MaxPool, Elu). */
export const WEBGPU_OPSET = 21;
const IR_VERSION = 11;
export const CONTRIB = "com.microsoft";
/** Where operators of our own live: kernels made at run time. */
export const KERNEL_DOMAIN = "gradlab";

/**
 * Collects nodes, initializers, inputs and outputs and writes an ONNX ModelProto.
 *
 * @source onnx.proto3 (field numbers), ONNX opset 23 with the com.microsoft contrib domain
 */
export class OnnxModel {
  #nodes: ProtobufWriter[] = [];
  readonly #initializers = new Map<string, ProtobufWriter>();
  readonly #inputs: ValueInfo[] = [];
  readonly #outputs: ValueInfo[] = [];
  /** Values inside whose shapes are told. */
  readonly #known: ValueInfo[] = [];
  readonly #natives = new Map<string, NativeKernel>();
  #names = 0;
  readonly #reserved: ReadonlySet<string>;
  readonly #external: ExternalData | undefined;
  /** Operators that nodes are of: those outside the standard's own set begin with their domain and a dot. */
  readonly operators = new Set<string>();

  /** Constants that are not in the file, by name. */
  readonly borrowing = new Map<string, HostArray>();
  /** Numbers that depend on the run's sizes. */
  readonly sizes: RuntimeSizes;

  /**
   * @param symbols stand-in sizes of symbolic axes, by name
   * @param table   the numbers of the graph that depend on them
   * @param file    for files that others open
   */
  constructor(
    symbols: Readonly<Record<string, number>> = {},
    table: SizeTable = new Map(),
    readonly opset = OPSET,
    { reserved, external }: FileOptions = {},
  ) {
    this.#reserved = reserved ?? new Set();
    this.#external = external;
    this.sizes = new RuntimeSizes(this, symbols, table);
  }

  isSymbolic(value: number): boolean {
    return this.sizes.formOf(value) !== undefined;
  }

  /**
   * The target of a Reshape. Symbolic axes that stand where they stood in `from` stay as they are; of the others ONNX
   * computes one alone.
   */
  shape(dims: readonly number[], from: readonly number[] = []): string {
    const kept = dims.map((dim, i) => this.isSymbolic(dim) && dim === from[i]);
    const free = dims.filter((dim, i) => this.isSymbolic(dim) && !kept[i]).length;
    if (free > 1) return this.ints(dims);
    return this.ints(dims.map((dim, i) => (kept[i] ? SAME : this.isSymbolic(dim) ? -1 : dim)));
  }

  /** What each node reads and makes, by its name. */
  readonly kernels = new Map<string, Kernel>();
  /** Put in front of the names of nodes, which profiles repeat. */
  label = "";
  /** Nodes that the GPU's provider has to leave to the CPU. */
  readonly cpuNodes: string[] = [];
  #leaving = false;

  /** Adds nodes that a program for the GPU leaves to the CPU. */
  leftToCpu<T>(add: () => T): T {
    this.#leaving = true;
    try {
      return add();
    } finally {
      this.#leaving = false;
    }
  }

  readonly #made = new Map<string, unknown>();

  /** What several nodes of a graph need alike, made for the first of them. */
  once<T>(key: string, make: () => T): T {
    if (!this.#made.has(key)) this.#made.set(key, make());
    return this.#made.get(key) as T;
  }

  /** A name no other value has. */
  fresh(prefix = "t"): string {
    for (;;) {
      const name = `${prefix}${this.#names++}`;
      if (!this.#reserved.has(name)) return name;
    }
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
    const name = `${this.label}${this.fresh("n")}`;
    if (this.#leaving) this.cpuNodes.push(name);
    proto.string(3, name).string(4, type);
    this.kernels.set(name, { inputs: [...inputs], outputs: names });
    for (const [name, value] of Object.entries(options.attributes ?? {})) {
      this.#requireFixed(`${name} of ${type}`, name === "to" ? [] : numbersOf(value));
      proto.message(5, attribute(name, value));
    }
    if (options.domain) proto.string(7, options.domain);
    this.operators.add(options.domain ? `${options.domain}.${type}` : type);
    this.#nodes.push(proto);
    return names;
  }

  /** What is written into the file cannot follow a run's sizes. */
  #requireFixed(what: string, values: readonly number[]): void {
    const form = values.map((value) => this.sizes.formOf(value)).find((found) => found !== undefined);
    if (!form) return;
    throw new GradlabError(
      "E_SYMBOLIC",
      `${what} is ${formatForm(form)}, but the engine needs a fixed number.`,
    );
  }

  /** Adds a node that runs machine code of our own. Returns its output names. */
  native(kernel: NativeKernel, inputs: readonly string[]): string[] {
    this.#natives.set(kernel.name, kernel);
    const names = this.node(kernel.name, inputs, { outputs: kernel.outputs.length, domain: KERNEL_DOMAIN });
    // The library cannot know the shapes otherwise, and shares memory only between values whose shapes it knows.
    names.forEach((name, i) => this.#known.push({ name, dtype: "float32", shape: kernel.outputs[i] }));
    return names;
  }

  /** The kernels of our own that nodes use. */
  get natives(): readonly NativeKernel[] {
    return [...this.#natives.values()];
  }

  /** A constant tensor stored in the model. Equal small constants are shared by `key`. */
  initializer(array: HostArray, key?: string): string {
    this.#requireFixed(`A table of shape [${array.shape.join(", ")}]`, array.shape);
    let name = key ?? this.fresh("c");
    while (this.#reserved.has(name)) name += "_";
    return this.#initializers.has(name) ? name : this.#store(array, name);
  }

  /** A constant under a name that was reserved for it. */
  weight(array: HostArray, name: string): string {
    return this.#store(array, name);
  }

  #store({ data, shape, dtype }: HostArray, name: string): string {
    const proto = new ProtobufWriter();
    shape.forEach((dim) => proto.int(1, dim));
    proto.int(2, ELEMENT_TYPES[dtype]).string(8, name);
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    if (this.#external?.takes(bytes)) this.#external.add(bytes, proto);
    else proto.bytes(9, bytes);
    this.#initializers.set(name, proto);
    return name;
  }

  /** A constant whose values stay in the caller's memory: the session is given a pointer to them. */
  borrowed(array: HostArray): string {
    const name = this.fresh("w");
    const proto = new ProtobufWriter();
    array.shape.forEach((dim) => proto.int(1, dim));
    proto.int(2, ELEMENT_TYPES[array.dtype]).string(8, name);
    // A place has to be named and has to exist; nobody reads it.
    proto.message(13, new ProtobufWriter().string(1, "location").string(2, "."));
    proto.int(14, EXTERNAL);
    this.#initializers.set(name, proto);
    this.borrowing.set(name, array);
    return name;
  }

  get inputs(): readonly ValueInfo[] {
    return this.#inputs;
  }

  get outputs(): readonly ValueInfo[] {
    return this.#outputs;
  }

  /** One number; computed at run time where it depends on the sizes. */
  scalar(value: number, dtype: DType = "float32"): string {
    const form = this.sizes.formOf(value);
    return form
      ? this.sizes.number(form, dtype)
      : this.initializer(fromNumbers([value], [], dtype), `k_${dtype}_${value}`);
  }

  /** An int64 vector; computed at run time where a number in it depends on the sizes. */
  ints(values: readonly number[]): string {
    if (values.some((value) => this.isSymbolic(value))) return this.sizes.vector(values);
    const data = BigInt64Array.from(values, BigInt);
    return this.initializer({ dtype: "int64", shape: [values.length], data }, `k_ints_${values.join("_")}`);
  }

  input(name: string, dtype: DType, shape: readonly number[]): string {
    this.#inputs.push({ name, dtype, shape: this.#named(shape) });
    this.sizes.note(name, shape);
    return name;
  }

  output(name: string, dtype: DType, shape: readonly number[]): void {
    this.#outputs.push({ name, dtype, shape: this.#named(shape) });
  }

  #named(shape: readonly number[]): (number | string)[] {
    return shape.map((dim) => {
      const form = this.sizes.formOf(dim);
      return form ? formatForm(form) : dim;
    });
  }

  /**
   * A graph inside a node's attribute; it sees all names made before it.
   *
   * @param inputs its own inputs
   * @param build  adds its nodes and gives its outputs
   */
  subgraph(inputs: readonly ValueInfo[], build: () => readonly ValueInfo[]): Subgraph {
    const outer = this.#nodes;
    this.#nodes = [];
    const outputs = this.sizes.within(build);
    const graph = new ProtobufWriter();
    this.#nodes.forEach((node) => graph.message(1, node));
    graph.string(2, this.fresh("body"));
    const inside = (info: ValueInfo): ProtobufWriter =>
      valueInfo({ ...info, shape: this.#named(info.shape as readonly number[]) });
    inputs.forEach((info) => graph.message(11, inside(info)));
    outputs.forEach((info) => graph.message(12, inside(info)));
    this.#nodes = outer;
    return { graph };
  }

  get nodeCount(): number {
    return this.#nodes.length;
  }

  /** The nodes from one on, as they stand in the file: equal texts for equal nodes. */
  textFrom(start: number): string {
    return this.#nodes
      .slice(start)
      .map((node) => Buffer.from(node.finish()).toString("latin1"))
      .join("\n");
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
    const outside = new Set(this.#outputs.map(({ name }) => name));
    for (const info of this.#known) if (!outside.has(info.name)) graph.message(13, valueInfo(info));
    const versionOf = (domain: string, version: number): ProtobufWriter =>
      new ProtobufWriter().string(1, domain).int(2, version);
    const model = new ProtobufWriter()
      .int(1, IR_VERSION)
      .string(2, "gradlab")
      .message(7, graph)
      .message(8, versionOf("", this.opset));
    const uses = (domain: string): boolean =>
      [...this.operators].some((name) => name.startsWith(`${domain}.`));
    if (uses(CONTRIB)) model.message(8, versionOf(CONTRIB, 1));
    if (this.#natives.size > 0) model.message(8, versionOf(KERNEL_DOMAIN, 1));
    return model.finish();
  }
}

const numbersOf = (value: OnnxAttribute): readonly number[] =>
  typeof value === "number"
    ? [value]
    : typeof value === "string"
      ? []
      : "float" in value
        ? [value.float]
        : "graph" in value
          ? []
          : value;

/** AttributeProto: f=2, i=3, s=4, g=6, ints=8; type numbers 1, 2, 3, 5, 7. */
function attribute(name: string, value: OnnxAttribute): ProtobufWriter {
  const proto = new ProtobufWriter().string(1, name);
  if (typeof value === "number") return proto.int(3, value).int(20, 2);
  if (typeof value === "string") return proto.string(4, value).int(20, 3);
  if ("graph" in value) return proto.message(6, value.graph).int(20, 5);
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
