import { HostStorage, variableOf, type Graph, type Storage, type Tensor } from "../graph/index.js";
import { sizeOf } from "../tensor/index.js";
import type { Engine } from "./engine.js";

/** Elements below which feeding a value at each run is as cheap as keeping it on the device. */
const WORTH_MOVING = 1024;

/**
 * Moves variables to the engine's device, so that they are copied once and not at every run. Other values
 * stay where they are: whoever made them may still write into their memory.
 *
 * @param updated leaves the program writes; these move whatever their size
 */
export async function place(
  engine: Engine,
  leaves: readonly Tensor[],
  updated: readonly Tensor[] = [],
): Promise<void> {
  const written = new Set(updated.map(({ node }) => node));
  for (const { node, index, shape } of leaves) {
    const storage = node.values[index];
    if (!storage || storage.device === engine.device || !variableOf(node)) continue;
    if (!written.has(node) && sizeOf(shape) < WORTH_MOVING) continue;
    node.values[index] = await engine.upload(await storage.read());
  }
}

/** The same values in host memory; those of another device are copied here. */
export async function hosted(inputs: readonly Storage[]): Promise<readonly Storage[]> {
  if (inputs.every(({ array }) => array)) return inputs;
  return Promise.all(
    inputs.map(async (storage) => (storage.array ? storage : new HostStorage(await storage.read()))),
  );
}

/** A graph whose constants can be written into a program. */
export async function withHostedConstants(graph: Graph): Promise<Graph> {
  const elsewhere = graph.constants.some(({ storage }) => !storage.array);
  if (!elsewhere) return graph;
  const storages = await hosted(graph.constants.map(({ storage }) => storage));
  const constants = graph.constants.map(({ tensor }, i) => ({ tensor, storage: storages[i] }));
  const traces = graph.traces && (await Promise.all(graph.traces.map(withHostedConstants)));
  return { ...graph, constants, ...(traces ? { traces } : {}) };
}
