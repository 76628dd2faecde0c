import { basename, dirname, join } from "node:path";
import { GradlabError } from "../errors.js";
import {
  onnxFile,
  traceFunction,
  type DynamicOptions,
  type OnnxFile,
  type Traced,
  type TracedFunction,
} from "../engine/index.js";
import { Tensor, type Graph } from "../graph/index.js";
import { writeFileAtomic } from "../artifacts/index.js";
import { byteSize, sizeOf, type DType } from "../tensor/index.js";

/** How weights are stored; what is computed stays float32. */
export type OnnxDType = "float32" | "float16";

export interface ExportOnnxOptions extends DynamicOptions {
  /** The file to write, `.onnx`. Default: none; the model is in the result's `bytes`. */
  readonly path?: string;
  /** A name for each argument. Default: `input`, or `input0`, `input1`, … */
  readonly inputNames?: readonly string[];
  /** A name for each result. Default: the keys of what the function returns, `output`, or `output0`, `output1`, … */
  readonly outputNames?: readonly string[];
  /** Whether ONNX Runtime's own operators (com.microsoft) may be used, which are faster there. Default true. */
  readonly contrib?: boolean;
  /** Type of the stored weights. Default "float32". */
  readonly dtype?: OnnxDType;
  /**
   * Whether the weights lie in a second file beside the model, `<path>_data`. Default: from 1.5 GB on, since an ONNX
   * file ends at 2 GB.
   */
  readonly externalData?: boolean;
}

/** An input or output of a model. */
export interface OnnxPort {
  readonly name: string;
  readonly dtype: DType;
  /** Sizes, and names of those that vary. */
  readonly shape: readonly (number | string)[];
}

/** What was exported. */
export interface OnnxExport {
  readonly inputs: readonly OnnxPort[];
  readonly outputs: readonly OnnxPort[];
  /** The version of the ONNX standard's operators. */
  readonly opset: number;
  /** All operators in the file; those of other domains than the standard's begin with the domain and a dot. */
  readonly operators: readonly string[];
  /** Those of them that ONNX Runtime has beyond the standard: none with `contrib: false`. */
  readonly extensions: readonly string[];
  /** The paths written: the model, then its weights where they are apart. */
  readonly files: readonly string[];
  /** The model, without weights that are apart. */
  readonly bytes: Uint8Array;
}

/** Weights from this size on are kept apart. */
const LARGE = 1.5e9;

/**
 * Writes a function of tensors as an ONNX model that any ONNX Runtime (Node.js, browser, Python, C) runs without
 * gradlab. The function is traced as `compile` does it; variables and other values it reads become weights inside the
 * file. Axes in `dynamicAxes` keep their names and take every size.
 *
 * Outputs are those of gradlab's own engine up to rounding. Results are computed in float32 whatever type the weights
 * are stored in.
 *
 * @param fn     pure, traced once
 * @param inputs example arguments: their dtypes and fixed sizes are those of the model's inputs
 * @throws E_SYMBOLIC when something depends on a dynamic size in a way that a file cannot follow
 * @throws E_CONFIG for names that do not fit, a function that assigns variables, operators that `contrib: false`
 *   excludes; E_ENGINE for ops that run on the host only
 * @source ONNX opset 23, IR version 11
 * @example
 * const weight = new Variable(hostArray(Float32Array.of(1, 2, 3, 4), [2, 2]), "weight");
 * const layer = (x: Tensor) => x.matmul(weight).relu();
 * const model = await exportOnnx(layer, [ones([1, 2])], { inputNames: ["x"], dynamicAxes: [["batch", null]] });
 * model.inputs[0].shape; // ["batch",2]
 * model.operators; // ["Gemm","Identity","Relu"]
 */
export async function exportOnnx<A extends readonly Tensor[]>(
  fn: (...args: A) => Traced,
  inputs: A,
  options: ExportOnnxOptions = {},
): Promise<OnnxExport> {
  const traced = await traceFunction(fn, inputs, options);
  const { graph } = traced;
  refuseEffects(traced);
  const { contrib, dtype = "float32", path } = options;
  const { inputNames = numbered("input", inputs.length), outputNames = namesOf(traced.result) } = options;
  const external = isApart(graph, inputs.length, options);
  const file = await onnxFile(graph, {
    inputs: inputNames,
    outputs: outputNames,
    half: dtype === "float16",
    ...(contrib === undefined ? {} : { contrib }),
    ...(external ? { external: `${basename(path!)}_data` } : {}),
  });
  const { data: _, ...stated } = file;
  return { ...stated, files: path === undefined ? [] : await writeFiles(path, file) };
}

/** A file has no memory, and is one program for all sizes. */
function refuseEffects({ assigned, unsure = false }: TracedFunction): void {
  if (assigned.length > 0) {
    throw new GradlabError(
      "E_CONFIG",
      `The function assigns ${assigned.map(({ name }) => name || "a variable").join(", ")}; an exported model has no memory.`,
      { hint: "Return the new values, and pass the old ones as arguments." },
    );
  }
  if (unsure) {
    throw new GradlabError(
      "E_SYMBOLIC",
      "The function does other work for some sizes, which one file cannot hold.",
      {
        hint: "Compute both ways with tensors and choose by `where`, or leave that axis out of dynamicAxes.",
      },
    );
  }
}

const numbered = (name: string, count: number): string[] =>
  count === 1 ? [name] : Array.from({ length: count }, (_, i) => `${name}${i}`);

function namesOf(result: Traced): string[] {
  if (result instanceof Tensor) return ["output"];
  return Array.isArray(result) ? numbered("output", result.length) : Object.keys(result);
}

/** @throws E_CONFIG when there is no path for a second file */
function isApart(graph: Graph, args: number, { externalData, path, dtype }: ExportOnnxOptions): boolean {
  const weights = [...graph.inputs.slice(args), ...graph.constants.map(({ tensor }) => tensor)];
  const bytes = weights.reduce((sum, { shape, dtype: type }) => {
    return sum + sizeOf(shape) * (dtype === "float16" && type === "float32" ? 2 : byteSize(type));
  }, 0);
  const apart = externalData ?? bytes >= LARGE;
  if (apart && path === undefined) {
    throw new GradlabError(
      "E_CONFIG",
      `${(bytes / 1e9).toFixed(1)} GB of weights apart from the model need a path.`,
      {
        hint: "Give `path`, the .onnx file to write.",
      },
    );
  }
  return apart;
}

/** The weights first, so that a model never lies without them. */
async function writeFiles(path: string, { bytes, data }: OnnxFile): Promise<string[]> {
  const apart = join(dirname(path), `${basename(path)}_data`);
  if (data.length > 0) {
    await writeFileAtomic(apart, async (write) => {
      for (const part of data) await write(part);
    });
  }
  await writeFileAtomic(path, bytes);
  return data.length > 0 ? [path, apart] : [path];
}
