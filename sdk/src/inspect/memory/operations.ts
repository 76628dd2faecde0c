import type { Kernel } from "../../engine/index.js";
import { idOf, variableOf, type Graph, type Tensor } from "../../graph/index.js";
import type { KernelEvent } from "../profile/events.js";
import { specBytes } from "../profile/work.js";
import type { MemoryCategory, Operation } from "./plan.js";

/** A graph's nodes as operations, in the graph's order; values go by their nodes. What nobody reads is not made. */
export function operationsOf(graph: Graph): Operation[] {
  const read = new Set(graph.nodes.flatMap((node) => node.inputs.map(idOf)));
  return graph.nodes.map((node) => ({
    node,
    reads: node.inputs.map(idOf),
    makes: node.outputs
      .map((spec, index) => ({ id: `${node.id}.${index}`, bytes: specBytes(spec) }))
      .filter(({ id }) => read.has(id)),
    view: node.op.traits.includes("view"),
  }));
}

/** What the engine really ran, in its order; values go by the engine's names. */
export function ranOperations(
  events: readonly KernelEvent[],
  kernels: ReadonlyMap<string, Kernel>,
): Operation[] {
  return events.flatMap(({ name, node, outputBytes, kernel }) => {
    const written = kernels.get(name);
    if (!written) return [];
    const outputs = written.outputs.filter((output) => output !== "");
    return [
      {
        node,
        reads: written.inputs.filter((input) => input !== ""),
        makes: outputs.map((id, i) => ({ id, bytes: outputBytes[i] ?? 0 })),
        view: VIEWS.has(kernel),
      },
    ];
  });
}

/** Operators of ONNX that give their input's memory another shape. */
const VIEWS: ReadonlySet<string> = new Set(["Reshape", "Squeeze", "Unsqueeze", "Flatten", "Identity"]);

type Held = Map<string, { readonly category: MemoryCategory; readonly bytes: number }>;

/**
 * What lives all along: inputs, constants and results. A result that overwrites an input shares its memory.
 *
 * @param names of the graph's inputs and outputs among the operations
 */
export function heldMemory(
  graph: Graph,
  names: { readonly inputs: readonly string[]; readonly outputs: readonly string[] },
): Held {
  const held: Held = new Map();
  const updated = new Set(graph.donations);
  graph.inputs.forEach((input, i) =>
    held.set(names.inputs[i], { category: inputCategory(input, updated.has(i)), bytes: specBytes(input) }),
  );
  for (const { tensor } of graph.constants)
    held.set(idOf(tensor), { category: "weights", bytes: specBytes(tensor) });
  graph.outputs.forEach((output, i) => {
    const target = graph.donations[i];
    const own = { category: "outputs" as const, bytes: specBytes(output) };
    const shared = target === undefined ? held.get(names.outputs[i]) : held.get(names.inputs[target]);
    held.set(names.outputs[i], shared ?? own);
  });
  return held;
}

export const graphNamesOf = ({ inputs, outputs }: Graph): { inputs: string[]; outputs: string[] } => ({
  inputs: inputs.map(idOf),
  outputs: outputs.map(idOf),
});

function inputCategory(input: Tensor, updated: boolean): MemoryCategory {
  const variable = variableOf(input.node);
  if (!variable) return "inputs";
  return variable.trainable || !updated ? "weights" : "optimizer";
}
