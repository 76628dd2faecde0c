import { GradlabError } from "../errors.js";
import { HostStorage, isFed, topological, type Node, type Tensor } from "../graph/index.js";
import { fromNumbers, toNumbers } from "../tensor/index.js";

/** Whether an op is computed between programs, by its reference in double precision. */
export const isHostNode = ({ op }: Node): boolean => op.traits.includes("host");

const pendingHostNodes = (tensors: readonly Tensor[]): Node[] =>
  topological(tensors, isFed).filter((node) => isHostNode(node) && !isFed(node));

/**
 * Gives values to every op on the way to the tensors that no program holds, so that what remains is one graph for an
 * engine: a lazy expression with a decomposition in its middle becomes program, host, program.
 *
 * @param evaluate computes tensors that depend on no such op
 */
export async function computeHostNodes(
  tensors: readonly Tensor[],
  evaluate: (tensors: readonly Tensor[]) => Promise<void>,
): Promise<void> {
  for (let pending = pendingHostNodes(tensors); pending.length > 0; pending = pendingHostNodes(tensors)) {
    // One program computes the inputs of all that wait for no other.
    const ready = pending.filter((node) => pendingHostNodes(node.inputs).length === 0);
    await evaluate(ready.flatMap((node) => node.inputs));
    for (const node of ready) await computeNode(node);
  }
}

async function computeNode(node: Node): Promise<void> {
  const inputs = await Promise.all(
    node.inputs.map(async (input) => ({
      shape: input.shape,
      dtype: input.dtype,
      data: toNumbers(await input.storage!.read()),
    })),
  );
  const results = located(node, () => node.op.reference(inputs, node.attrs, node.outputs));
  node.outputs.forEach(({ shape, dtype }, i) => {
    node.values[i] = new HostStorage(fromNumbers(results[i], shape, dtype));
  });
}

/** What is refused while computing names the line that asked for it. */
function located<T>(node: Node, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof GradlabError) || error.where || !node.origin) throw error;
    const { code, sentence, hint, details } = error;
    throw new GradlabError(code, sentence, { hint, details, where: node.origin, cause: error });
  }
}

/** @throws E_ENGINE when a graph that is to become one program holds such an op */
export function refuseHostNodes(nodes: readonly Node[]): void {
  const node = nodes.find(isHostNode);
  if (!node) return;
  throw new GradlabError(
    "E_ENGINE",
    `${node.op.name} runs on the host between programs, so it cannot be part of a compiled function.`,
    { hint: "Compute it before, and pass its results to the compiled function.", where: node.origin },
  );
}
