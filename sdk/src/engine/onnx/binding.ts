import type { DType, HostArray, TypedArray } from "../../tensor/index.js";
import { translateFailure } from "./failure.js";
import type { OnnxSession, SessionFactory, SessionOptions, SessionRequest } from "./session.js";

type OrtModule = typeof import("onnxruntime-node");

/** The package's own binding: the fallback where the C API cannot be reached. Copies every output. */
export async function loadBinding(): Promise<SessionFactory> {
  const ort = await import("onnxruntime-node");
  return { name: "binding", create: (request, options) => createSession(ort, request, options) };
}

async function createSession(
  ort: OrtModule,
  { bytes, inputNames, outputNames }: SessionRequest,
  { threads }: SessionOptions,
): Promise<OnnxSession> {
  const creating = ort.InferenceSession.create(bytes, {
    graphOptimizationLevel: "disabled",
    enableMemPattern: false,
    intraOpNumThreads: threads,
    logSeverityLevel: 4,
  });
  const session = await creating.catch((error: unknown) => {
    throw translateFailure(error instanceof Error ? error.message : String(error));
  });
  const feed = ({ dtype, data, shape }: HostArray): import("onnxruntime-node").Tensor =>
    new ort.Tensor(passedAs(dtype) as "float32", data as Float32Array, shape);
  return {
    async run(inputs, outputs) {
      const feeds = Object.fromEntries(inputs.map((array, i) => [inputNames[i], feed(array)]));
      try {
        const results = await session.run(feeds);
        outputs.forEach(({ data }, i) => copyInto(data, results[outputNames[i]].data as TypedArray));
      } catch (error) {
        throw translateFailure(error instanceof Error ? error.message : String(error));
      }
    },
    release: () => void session.release(),
  };
}

/** The binding's name for a dtype: four bits travel as bytes. */
export const passedAs = (dtype: DType): DType =>
  dtype === "int4" ? "int8" : dtype === "uint4" ? "uint8" : dtype;

const copyInto = (target: TypedArray, source: TypedArray): void =>
  (target as Float32Array).set(source as Float32Array);
