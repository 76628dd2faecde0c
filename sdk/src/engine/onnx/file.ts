import { GradlabError } from "../../errors.js";
import { idOf, variableOf, type Graph, type Tensor } from "../../graph/index.js";
import { withHostedConstants } from "../placement.js";
import type { ValueInfo } from "./model.js";
import { writeOnnx } from "./write.js";

export interface OnnxFileOptions {
  /** A name for each argument of the graph, and for each result. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Whether ONNX Runtime's own operators (com.microsoft) may be used, which are faster there. Default true. */
  readonly contrib?: boolean;
  /** The name of a second file for the weights. Default: they lie in the model. */
  readonly external?: string;
  /** Whether float32 variables are stored as float16. Default false. */
  readonly half?: boolean;
}

/** A model as the bytes of its file. */
export interface OnnxFile {
  readonly bytes: Uint8Array;
  /** The second file's content, in parts; none when the weights lie in the model. */
  readonly data: readonly Uint8Array[];
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  readonly opset: number;
  /** All operators in the file; those of other domains than the standard's begin with the domain and a dot. */
  readonly operators: readonly string[];
  /** Those of them that ONNX Runtime has beyond the standard. */
  readonly extensions: readonly string[];
}

/** Operators of ONNX Runtime that lie in the standard's domain without being of the standard. */
const UNOFFICIAL: ReadonlySet<string> = new Set(["SimplifiedLayerNormalization"]);

/**
 * A graph as an ONNX model for any ONNX Runtime: what is fed beyond the arguments becomes part of it, and no kernel of
 * our own is used.
 *
 * @param graph its first inputs are the arguments
 * @throws E_CONFIG for names that do not fit, or operators that `contrib: false` excludes; E_ENGINE, E_SYMBOLIC
 */
export async function onnxFile(graph: Graph, options: OnnxFileOptions): Promise<OnnxFile> {
  const { inputs, outputs, contrib = true, external, half = false } = options;
  checkNames(graph, options);
  const closed = await withHostedConstants(closeOver(graph, inputs.length));
  const constants = constantNames(closed, new Set([...inputs, ...outputs]));
  const layout = { inputs, outputs, constants, half, ...(external === undefined ? {} : { external }) };
  const written = writeOnnx(closed, { device: contrib ? "cpu" : "portable", layout });
  const operators = [...written.operators].sort();
  const extensions = operators.filter((name) => name.includes(".") || UNOFFICIAL.has(name));
  if (!contrib && extensions.length > 0) {
    throw new GradlabError(
      "E_CONFIG",
      `This function needs ${extensions.join(", ")}, which only ONNX Runtime has.`,
      { hint: "Leave out contrib: false." },
    );
  }
  const { bytes, data, opset } = written;
  return { bytes, data, opset, operators, extensions, inputs: written.inputs, outputs: written.outputs };
}

function checkNames(graph: Graph, { inputs, outputs }: OnnxFileOptions): void {
  const all = [...inputs, ...outputs];
  const twice = all.find((name, i) => name === "" || all.indexOf(name) !== i);
  if (twice !== undefined) {
    throw new GradlabError("E_CONFIG", `The name "${twice}" of an input or output is empty or used twice.`);
  }
  const counts = [graph.inputs.length, graph.outputs.length];
  if (inputs.length > counts[0] || outputs.length !== counts[1]) {
    throw new GradlabError(
      "E_CONFIG",
      `${inputs.length} names of inputs and ${outputs.length} of outputs do not fit a function of ${counts[0]} inputs and ${counts[1]} outputs.`,
      { hint: "Give a name for each argument and each result." },
    );
  }
}

/** The graph with the values of all leaves behind its first inputs as constants. */
function closeOver(graph: Graph, count: number): Graph {
  const leaves = graph.inputs.slice(count).map((tensor) => {
    if (tensor.storage) return { tensor, storage: tensor.storage };
    throw new GradlabError("E_CONFIG", `${tensor.toString()} is read by the function, but has no values.`, {
      hint: "Make it an argument.",
    });
  });
  const { traces } = graph;
  return {
    ...graph,
    inputs: graph.inputs.slice(0, count),
    constants: [...graph.constants, ...leaves],
    ...(traces ? { traces: traces.map((trace) => closeOver(trace, count)) } : {}),
  };
}

/** Variables keep their names, which are those of the checkpoint. */
function constantNames(graph: Graph, taken: ReadonlySet<string>): Map<string, string> {
  const used = new Set(taken);
  const names = graph.constants.map(({ tensor }, i) => {
    let name = nameOf(tensor) ?? `constant${i}`;
    while (used.has(name)) name += "_";
    used.add(name);
    return name;
  });
  const traces = [graph, ...(graph.traces ?? [])];
  return new Map(
    traces.flatMap((trace) => trace.constants.map(({ tensor }, i) => [idOf(tensor), names[i]] as const)),
  );
}

const nameOf = ({ node }: Tensor): string | undefined => variableOf(node)?.name || undefined;
