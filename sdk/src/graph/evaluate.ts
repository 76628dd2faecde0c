import { GradlabError } from "../errors.js";
import type { Tensor } from "./tensor.js";

/** Computes tensors and fills their nodes' values. An engine installs itself here. */
export type EvaluateFunction = (tensors: readonly Tensor[]) => Promise<void>;

let installed: EvaluateFunction | undefined;

export function installEvaluator(evaluator: EvaluateFunction): void {
  installed = evaluator;
}

/**
 * Computes all given tensors in one program.
 *
 * @throws E_ENGINE when no engine is installed
 */
export async function evaluate(tensors: readonly Tensor[]): Promise<void> {
  const pending = tensors.filter((tensor) => !tensor.storage);
  if (pending.length === 0) return;
  if (!installed)
    throw new GradlabError("E_ENGINE", "No engine is installed.", { hint: 'Import "gradlab" itself.' });
  await installed(pending);
}
