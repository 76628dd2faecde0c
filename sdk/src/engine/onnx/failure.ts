import { GradlabError } from "../../errors.js";

/** A native message as an error in the user's words. */
export function translateFailure(message: string): GradlabError {
  const bounds = /idx=(-?\d+) must be within the inclusive range \[(-?\d+),(-?\d+)\]/.exec(message);
  if (bounds) {
    const index = Number(bounds[1]);
    // Negative indices are fed as unsigned numbers.
    return new GradlabError(
      "E_INDEX",
      `Index ${index < 2 ** 31 ? index : index - 2 ** 32} is outside 0 … ${bounds[3]}.`,
      {
        hint: "Are the token ids from the tokenizer that belongs to this model?",
        cause: message,
      },
    );
  }
  if (message.includes("Out of range value in index tensor")) {
    return new GradlabError(
      "E_INDEX",
      "An index or target lies outside the axis, or the classes, that it selects from.",
      {
        hint: "Indices lie in 0 … length−1, targets in 0 … V−1; leave positions out with weights of 0.",
        cause: message,
      },
    );
  }
  if (message.includes("Unsupported data type: 16")) {
    return new GradlabError("E_DTYPE", "This device's binding cannot pass bfloat16 in or out of a program.", {
      hint: 'Cast to "float32" outside, or compute on the CPU through the C API: new OnnxEngine({ via: "c-api" }).',
      cause: message,
    });
  }
  return new GradlabError("E_ENGINE", `ONNX Runtime refused: ${message.trim()}`);
}
