import { GradlabError } from "../../errors.js";
import { sizeTables, type Graph, type Node, type Tensor } from "../../graph/index.js";
import type { HostArray } from "../../tensor/index.js";

/** How many rows or classes the indices of a node select from, by input. */
type Bound = (node: Node) => readonly [input: number, size: number];

const rowsOf =
  (index: number, table: number, axis = 0): Bound =>
  ({ inputs }) => [index, inputs[table].shape[axis]];

const alongAxis: Bound = ({ inputs, attrs }) => [1, inputs[0].shape[Number(attrs.axis)]];

const INDEXED: Readonly<Record<string, Bound>> = {
  gather: rowsOf(1, 0),
  gatherElements: alongAxis,
  indexSelect: alongAxis,
  scatterAdd: rowsOf(1, 0),
  scatterElementsAdd: alongAxis,
  tokenLoss: rowsOf(1, 0, 1),
  projectionLoss: rowsOf(2, 1),
  subtractOneHot: rowsOf(1, 0, 1),
};

/**
 * For each input of a graph that selects rows or classes, how many there are. A GPU reads whatever lies at a
 * wrong place without a word, so indices that come from the host are looked at before they go there.
 */
export function indexBounds(graph: Graph): ReadonlyMap<number, number> {
  const places = new Map(graph.inputs.map((input, i) => [idOf(input), i]));
  const [table] = sizeTables(graph);
  const bounds = new Map<number, number>();
  for (const node of graph.nodes) {
    if (!Object.hasOwn(INDEXED, node.op.name)) continue;
    const [at, size] = INDEXED[node.op.name](node);
    const place = places.get(idOf(throughViews(node.inputs[at])));
    if (place !== undefined && !table.has(size)) bounds.set(place, Math.min(size, bounds.get(place) ?? size));
  }
  return bounds;
}

/** @throws E_INDEX for the first index outside 0 … size − 1 */
export function checkIndices({ data }: HostArray, size: number): void {
  for (const index of data) {
    if (index < 0 || index >= size) {
      throw new GradlabError("E_INDEX", `Index ${index} is outside 0 … ${size - 1}.`, {
        hint: "Are the token ids from the tokenizer that belongs to this model?",
      });
    }
  }
}

const idOf = ({ node, index }: Tensor): string => `${node.id}.${index}`;

function throughViews(tensor: Tensor): Tensor {
  const { op, inputs } = tensor.node;
  return op.traits.includes("view") ? throughViews(inputs[0]) : tensor;
}
