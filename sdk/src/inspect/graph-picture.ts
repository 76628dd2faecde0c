import { diagram, type Diagram } from "../display/index.js";
import { formatGraph } from "../graph/index.js";
import { boxesOf } from "./boxes.js";
import { graphOf, type GraphSource, type PictureOptions } from "./source.js";

/**
 * The picture of a graph; ending a notebook cell with it shows it. Arguments stand above, outputs below;
 * variables and constants are named in the boxes that read them, and gradients have dashed borders. A large graph
 * is folded by the calls that made its nodes, so that a model's layers stay visible.
 *
 * @throws E_DATA_EMPTY when there is nothing to compute
 * @example
 * graphPicture(tensor([[1, 2]]).matmul(tensor([[1], [1]])).exp()).svg(); // "<svg …matmul…exp…</svg>"
 */
export function graphPicture(source: GraphSource, options: PictureOptions = {}): Diagram {
  const { limit = 200, title } = options;
  const graph = graphOf(source, options);
  return diagram({
    ...boxesOf(graph, limit),
    text: formatGraph(graph),
    ...(title === undefined ? {} : { title }),
  });
}
