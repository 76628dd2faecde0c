import { formatGraph } from "../graph/index.js";
import { graphOf, type GraphSource, type PrintOptions } from "./source.js";

/**
 * What will be computed, as text: a line for each argument, variable, node and output. Every node shows its
 * type, what it reads, its attributes and the line that made it; a gradient shows the line it
 * differentiates. Variables go by name, constants stand where they are used.
 *
 * @param source tensors, or a graph: `printGraph(await traceGraph(step, [x, y]))` for a function
 * @example
 * const x = tensor([[1, 2]]);
 * printGraph(x.mul(2).exp()); // "given in0: float32[1, 2] = [1, 2]…%1: float32[1, 2] = exp(%0)…output %1: float32[1, 2]"
 */
export const printGraph = (source: GraphSource, options: PrintOptions = {}): string =>
  formatGraph(graphOf(source, options));
