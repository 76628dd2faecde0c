import { GradlabError } from "../../errors.js";
import { capture, fromArray, grad, type Graph, type Storage, type Tensor } from "../../graph/index.js";
import {
  attention,
  crossEntropy,
  gather,
  gelu,
  layerNorm,
  matmul,
  reshape,
  rmsNorm,
  transpose,
} from "../../ops/index.js";
import { fromNumbers, Random, sizeOf, toNumbers, type Shape } from "../../tensor/index.js";
import type { Program } from "../engine.js";
import { ReferenceEngine } from "../reference/engine.js";

/** Largest difference that rounding explains, relative to the largest value of a result. */
const TOLERANCE = 1e-3;

/**
 * Compares one step of learning, forward and backward, with its definition in double precision.
 *
 * @param compile of the engine to check
 * @example
 * await selfCheck((graph) => new ReferenceEngine().compile(graph)); // nothing is thrown
 * @throws E_DEVICE when a loss or gradient differs by more than rounding explains
 */
export async function selfCheck(compile: (graph: Graph) => Promise<Program>): Promise<void> {
  const graph = learningStep();
  const fed = graph.inputs.map((input) => input.storage!);
  const want = await resultsOf(await new ReferenceEngine().compile(graph), fed);
  const got = await resultsOf(await compile(graph), fed);
  const errors = want.map((values, i) => distance(got[i], values));
  const worst = Math.max(...errors);
  if (worst <= TOLERANCE) return;
  throw new GradlabError(
    "E_DEVICE",
    `This GPU computes wrongly: a step of learning differs from its definition by ${worst.toExponential(1)}.`,
    { details: { errors } },
  );
}

/** A loss and its gradients through embedding, attention, norms, products and softmax. */
function learningStep(): Graph {
  const random = new Random(5);
  const leaf = (...shape: Shape): Tensor =>
    fromArray(
      fromNumbers(
        Float64Array.from({ length: sizeOf(shape) }, () => random.normal() / 2),
        shape,
      ),
    );
  const ids = fromArray(fromNumbers([3, 1, 4, 1, 5, 2, 6, 0], [2, 4], "int32"));
  const [table, mix, scale, shift, head] = [leaf(8, 16), leaf(16, 16), leaf(16), leaf(16), leaf(16, 8)];
  const x = layerNorm(gather(table, ids), scale, shift);
  const heads = transpose(reshape(gelu(matmul(x, mix)), [2, 4, 2, 8]), [0, 2, 1, 3]);
  const y = reshape(transpose(attention(heads, heads, heads), [0, 2, 1, 3]), [8, 16]);
  const loss = crossEntropy(matmul(rmsNorm(y, scale), head), reshape(ids, [8]));
  return capture([loss, ...grad(loss, [table, mix, scale, shift, head])]);
}

async function resultsOf(program: Program, fed: readonly Storage[]): Promise<readonly Float64Array[]> {
  const results = await program.run(fed);
  return Promise.all(results.map(async (storage) => toNumbers(await storage.read())));
}

/** Largest difference over the largest value; infinite where one is no number. */
function distance(got: Float64Array, want: Float64Array): number {
  const largest = want.reduce((top, value) => Math.max(top, Math.abs(value)), 1e-6);
  const worst = want.reduce((top, value, i) => Math.max(top, Math.abs(got[i] - value)), 0);
  return Number.isNaN(worst) ? Infinity : worst / largest;
}
