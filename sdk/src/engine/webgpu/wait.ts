import { OnnxModel } from "../onnx/model.js";

/**
 * Makes a function that blocks until the GPU has done all it was given: it reads one number. It calls the
 * library's native binding, whose JavaScript face would put the run off to a later turn of the event loop,
 * which a process that exits does not have.
 */
export async function makeWait(): Promise<() => void> {
  const { Tensor } = await import("onnxruntime-node");
  const { binding, initOrt } = await import("onnxruntime-node/dist/binding.js");
  initOrt();
  const model = new OnnxModel();
  const [y] = model.node("Identity", [model.input("x", "float32", [1])], { outputs: ["y"] });
  model.output(y, "float32", [1]);
  const { buffer, byteOffset, byteLength } = model.finish();
  const session = new binding.InferenceSession();
  const options = { executionProviders: ["webgpu"], intraOpNumThreads: 1, logSeverityLevel: 4 } as const;
  session.loadModel(buffer as ArrayBuffer, byteOffset, byteLength, options);
  const zero = new Tensor("float32", Float32Array.of(0), [1]);
  return () => void session.run({ x: zero }, { y: null }, {});
}
