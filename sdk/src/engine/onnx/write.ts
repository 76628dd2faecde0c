import { GradlabError } from "../../errors.js";
import {
  decompose,
  idOf,
  sizeTables,
  variableOf,
  type Graph,
  type Node,
  type SizeTable,
  type Tensor,
} from "../../graph/index.js";
import type { Kernel } from "../engine.js";
import { refuseHostNodes } from "../host.js";
import type { NativeKernel } from "../jit/index.js";
import { delayableInput, orderUpdates, type Ordering } from "./in-place.js";
import { castArray, type DType, type HostArray } from "../../tensor/index.js";
import { ExternalData } from "./external.js";
import { fuse } from "./fuse.js";
import { sizeOnceKnown, type Device, type Lower } from "./lower/context.js";
import { ruleOf } from "./lower/index.js";
import { ELEMENT_TYPES, OnnxModel, WEBGPU_OPSET, type ValueInfo } from "./model.js";

/** An ONNX file for a graph, with inputs i0, i1, … and outputs in the graph's order. */
export interface WrittenGraph {
  readonly bytes: Uint8Array;
  readonly outputNames: readonly string[];
  /** Constants that are not in the file, by name: the session reads them where they are. */
  readonly borrowing: ReadonlyMap<string, HostArray>;
  /** Outputs that may be written over the input they were donated. */
  readonly inPlace: readonly (number | undefined)[];
  /** The nodes as written. The names of those made for the i-th start with "i:". */
  readonly nodes: readonly Node[];
  readonly kernels: ReadonlyMap<string, Kernel>;
  /** Names of operators in the file that must run on the CPU though the program runs on the GPU. */
  readonly cpuNodes: readonly string[];
  /** Operators of our own that the file uses. */
  readonly natives: readonly NativeKernel[];
  readonly opset: number;
  /** The file's inputs and outputs; symbolic axes have names. */
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  /** Operators in the file: those outside the standard's own set begin with their domain and a dot. */
  readonly operators: ReadonlySet<string>;
  /** The second file's content, where the layout asks for one. */
  readonly data: readonly Uint8Array[];
}

/** How a file that others open is laid out. */
export interface Layout {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Names of the constants, by the ids of their tensors. */
  readonly constants: ReadonlyMap<string, string>;
  /** The name of a second file for large arrays, beside the model. */
  readonly external?: string;
  /** Whether float32 variables are stored as float16, and widened when the file is loaded. */
  readonly half?: boolean;
}

export interface WriteOptions {
  /** Default "cpu". */
  readonly device?: Device;
  /** Whether nodes may be machine code of our own, which other programs cannot run. Default false. */
  readonly kernels?: boolean;
  /** Which constants stay out of the file, for the session to read where they are. Default: none. */
  readonly borrows?: (array: HostArray) => boolean;
  readonly layout?: Layout;
}

type Target = Omit<Required<WriteOptions>, "layout"> & Pick<WriteOptions, "layout">;

/** Where a node is written: whose names it adds to, what is read there, and whether kernels may be used. */
interface Place {
  readonly into: Map<string, string>;
  readonly reads: ReadonlySet<string>;
  readonly kernels: boolean;
}

/**
 * @throws E_SYMBOLIC when a program for all sizes cannot be written: the file must come out the same whichever
 *   sizes the function was traced with
 */
export function writeOnnx(
  traced: Graph,
  { device = "cpu", kernels: wanted = false, borrows = () => false, layout }: WriteOptions = {},
): WrittenGraph {
  refuseHostNodes(traced.nodes);
  const known = decompose(traced, (op) => ruleOf(op, device) !== undefined);
  // Kernels are made for one size.
  const kernels = wanted && Object.keys(known.symbols).length === 0;
  const graph = kernels ? fuse(known) : known;
  const target = { device, kernels, borrows, ...(layout ? { layout } : {}) };
  const [table, twin] = sizeTables(graph);
  if (!graph.traces) return write(graph, table, target);
  // A file's weights are the same in both, and may be large.
  const compared = layout ? { ...target, borrows: () => true } : target;
  const written = write(graph, table, compared);
  const again = write(graph.traces[0], twin, compared);
  if (Buffer.compare(written.bytes, again.bytes) === 0) return layout ? write(graph, table, target) : written;
  const first = emitted(graph, table, target);
  const second = emitted(graph.traces[0], twin, target);
  const node = graph.nodes[first.findIndex((text, i) => text !== second[i])] as Node | undefined;
  throw new GradlabError(
    "E_SYMBOLIC",
    `The engine's rule for ${node?.op.name ?? "this graph"} fixes a number that depends on the sizes.`,
    node?.origin === undefined ? {} : { where: node.origin },
  );
}

/** What each node of a graph was written as, in the graph's order. */
function emitted(graph: Graph, table: SizeTable, target: Target): string[] {
  const texts = new Map<Node, string>();
  let count = 0;
  write(graph, table, target, (node, model) => {
    texts.set(node, model.textFrom(count));
    count = model.nodeCount;
  });
  return graph.nodes.map((node) => texts.get(node) ?? "");
}

function write(
  graph: Graph,
  table: SizeTable,
  { device, kernels, borrows, layout }: Target,
  done: (node: Node, model: OnnxModel) => void = () => {},
): WrittenGraph {
  const symbolic = Object.keys(graph.symbols).length > 0;
  const external = layout?.external === undefined ? undefined : new ExternalData(layout.external);
  const model = new OnnxModel(graph.symbols, table, device === "webgpu" ? WEBGPU_OPSET : undefined, {
    reserved: new Set(layout && [...layout.inputs, ...layout.outputs, ...layout.constants.values()]),
    ...(external ? { external } : {}),
  });
  const names = new Map<string, string>();
  const ordering = device === "cpu" ? orderUpdates(graph) : asTraced(graph);
  graph.inputs.forEach((input, i) =>
    names.set(idOf(input), model.input(layout?.inputs[i] ?? `i${i}`, input.dtype, input.shape)),
  );
  for (const { tensor, storage } of graph.constants) {
    const array = storage.array!;
    const name = borrows(array) ? model.borrowed(array) : declareConstant(model, tensor, array, layout);
    names.set(idOf(tensor), name);
  }
  const read = usedOutputs(graph);
  const lowerNode = lowering(model, device, symbolic);
  for (const [i, node] of ordering.nodes.entries()) {
    model.label = `${i}:`;
    lowerNode(node, delayed(model, node, names, ordering), { into: names, reads: read, kernels });
    done(node, model);
  }
  model.label = "";
  const outputNames = declareOutputs(model, graph, names, layout);
  return {
    bytes: model.finish(),
    borrowing: model.borrowing,
    outputNames,
    inPlace: ordering.inPlace,
    nodes: ordering.nodes,
    kernels: model.kernels,
    cpuNodes: model.cpuNodes,
    natives: model.natives,
    opset: model.opset,
    inputs: model.inputs,
    outputs: model.outputs,
    operators: model.operators,
    data: external?.parts ?? [],
  };
}

function declareConstant(
  model: OnnxModel,
  tensor: Tensor,
  array: HostArray,
  layout: Layout | undefined,
): string {
  if (!layout) return model.initializer(array);
  const name = layout.constants.get(idOf(tensor))!;
  if (!layout.half || array.dtype !== "float32" || !variableOf(tensor.node)) return model.weight(array, name);
  const half = model.weight(castArray(array, "float16"), name);
  return model.node("Cast", [half], { attributes: { to: ELEMENT_TYPES.float32 } })[0];
}

type LowerNode = (node: Node, inputs: readonly string[], place: Place) => void;

/** Writes nodes one by one, and graphs that lie inside them, noting the names of what they give. */
function lowering(model: OnnxModel, device: Device, symbolic: boolean): LowerNode {
  const inner = (body: Graph, given: readonly string[]): string[] => {
    const known = decompose(body, (op) => ruleOf(op, device) !== undefined);
    const names = new Map(known.inputs.map((input, i) => [idOf(input), given[i]]));
    const nameOf = (tensor: Tensor): string => names.get(idOf(tensor))!;
    const reads = usedOutputs(known);
    const place = { into: names, reads, kernels: false };
    for (const node of known.nodes) lowerNode(node, node.inputs.map(nameOf), place);
    return known.outputs.map(nameOf);
  };
  const lowerNode: LowerNode = (node, inputs, { into, reads, kernels }) => {
    const lower = requireRule(node, device);
    const used = (output: number): boolean => reads.has(`${node.id}.${output}`);
    const outputs = placed(node, symbolic, () =>
      lower({ model, node, inputs, used, device, kernels, inner }),
    );
    outputs.forEach((name, index) => into.set(`${node.id}.${index}`, name));
  };
  return lowerNode;
}

function requireRule(node: Node, device: Device): Lower {
  const lower = ruleOf(node.op, device);
  if (lower) return lower;
  throw new GradlabError("E_ENGINE", `The onnx engine does not know the op ${node.op.name}.`, {
    hint: "Give the op a `decompose`, or a rule by registerLowering.",
  });
}

/** Refusals of sizes name the line of the node; a rule that computes with stand-ins as if they were sizes may trip. */
function placed<T>(node: Node, symbolic: boolean, run: () => T): T {
  try {
    return run();
  } catch (error) {
    const told = error instanceof GradlabError;
    if (!symbolic || (told && (error.code !== "E_SYMBOLIC" || error.where))) throw error;
    const why = told ? error.sentence : "the engine's rule needs fixed sizes.";
    throw new GradlabError("E_SYMBOLIC", `${node.op.name}: ${why}`, {
      cause: error,
      ...(node.origin === undefined ? {} : { where: node.origin }),
    });
  }
}

/** Where results get memory of their own, nobody has to wait for anybody. */
const asTraced = (graph: Graph): Ordering => ({
  nodes: graph.nodes,
  after: new Map(),
  inPlace: graph.donations,
});

function usedOutputs(graph: Graph): Set<string> {
  const read = new Set(graph.outputs.map(idOf));
  graph.nodes.forEach((node) => node.inputs.forEach((input) => read.add(idOf(input))));
  return read;
}

/** A node's input names; the smallest one made to wait for the readers that must come first. */
function delayed(
  model: OnnxModel,
  node: Node,
  names: ReadonlyMap<string, string>,
  ordering: Ordering,
): string[] {
  const inputs = node.inputs.map((input) => names.get(idOf(input))!);
  const readers = ordering.after.get(node);
  if (!readers?.length) return inputs;
  const i = delayableInput(node)!;
  for (const reader of readers) {
    const zero = token(model, names.get(`${reader.id}.0`)!, reader.outputs[0].dtype, node.inputs[i].dtype);
    inputs[i] = model.node("Add", [inputs[i], zero])[0];
  }
  return inputs;
}

/** Zero, but only known once `name` has been computed: its size, times zero. */
function token(model: OnnxModel, name: string, from: DType, dtype: DType): string {
  const size = sizeOnceKnown(model, name, from);
  const [zero] = model.node("Mul", [size, model.scalar(0, "int64")]);
  return dtype === "int64"
    ? zero
    : model.node("Cast", [zero], { attributes: { to: ELEMENT_TYPES[dtype] } })[0];
}

/** Graph outputs need names of their own: inputs, constants and repeated values pass through Identity. */
function declareOutputs(
  model: OnnxModel,
  graph: Graph,
  names: ReadonlyMap<string, string>,
  layout: Layout | undefined,
): string[] {
  const taken = new Set<string>(graph.inputs.map((input) => names.get(idOf(input))!));
  graph.constants.forEach(({ tensor }) => taken.add(names.get(idOf(tensor))!));
  return graph.outputs.map((output, i) => {
    let name = names.get(idOf(output))!;
    if (layout) [name] = model.node("Identity", [name], { outputs: [layout.outputs[i]] });
    else if (taken.has(name) || model.isInitializer(name)) [name] = model.node("Identity", [name]);
    taken.add(name);
    model.output(name, output.dtype, output.shape);
    return name;
  });
}
