import { GradlabError } from "../../errors.js";

/** A native message as an error in the user's words. */
export function translateFailure(message: string): GradlabError {
  const bounds = /idx=(-?\d+) must be within the inclusive range \[(-?\d+),(-?\d+)\]/.exec(message);
  if (bounds) {
    return new GradlabError("E_INDEX", `Index ${bounds[1]} is outside 0 … ${bounds[3]}.`, {
      hint: "Are the token ids from the tokenizer that belongs to this model?",
      cause: message,
    });
  }
  return new GradlabError("E_ENGINE", `ONNX Runtime refused: ${message.trim()}`);
}
