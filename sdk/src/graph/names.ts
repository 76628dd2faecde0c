import { toNumbers, type Shape } from "../tensor/index.js";
import type { Node, Spec } from "./node.js";
import { isFed, type Graph } from "./program-graph.js";
import { formatForm } from "./size-form.js";
import { sizeTables } from "./size-table.js";
import type { Tensor } from "./tensor.js";
import { variableOf } from "./variable.js";

/** How a graph's values are called in print: variables by name, nodes by number, constants by value. */
export interface GraphNames {
  /** "w", "%3", "%4.1" for a second output, "0.5" for a constant. */
  readonly of: (tensor: Tensor) => string;
  /** "float32[batch, 8]": sizes that may differ from run to run are named. */
  readonly spec: (spec: Spec) => string;
  /** A number; one that depends on such sizes as its formula, "2·batch". */
  readonly number: (value: number) => string;
  /** Whether a node is written where it is used rather than on a line of its own. */
  readonly isInline: (node: Node) => boolean;
}

/** Names for all values of a graph; no name stands for two. */
export function graphNames(graph: Graph): GraphNames {
  const names = new Map<string, string>();
  const taken = new Set<string>();
  const give = (tensor: Tensor, wanted: string): void => {
    let name = wanted;
    for (let i = 2; taken.has(name); i++) name = `${wanted}_${i}`;
    taken.add(name);
    names.set(idOf(tensor), name);
  };
  graph.inputs.forEach((input, i) => give(input, inputName(input, i)));
  graph.constants.forEach(({ tensor }, i) => give(tensor, variableOf(tensor.node)?.name ?? `const${i}`));
  let next = 0;
  for (const node of graph.nodes.filter((one) => !isInline(one))) {
    const number = next++;
    node.outputs.forEach((_, index) =>
      names.set(`${node.id}.${index}`, `%${number}${index ? `.${index}` : ""}`),
    );
  }
  const [table] = sizeTables(graph);
  const number = (value: number): string => {
    const form = table.get(value);
    return form ? formatForm(form) : String(value);
  };
  const list = (shape: Shape): string => `[${shape.map(number).join(", ")}]`;
  return {
    of: (tensor) => names.get(idOf(tensor)) ?? literal(tensor.node, number, list),
    spec: ({ dtype, shape }) => `${dtype}${list(shape)}`,
    number,
    isInline,
  };
}

const idOf = ({ node, index }: Tensor): string => `${node.id}.${index}`;

/** A variable's name; arguments and given values are numbered by their place among the inputs. */
function inputName(input: Tensor, place: number): string {
  return variableOf(input.node)?.name ?? (input.storage ? `in${place}` : `arg${place}`);
}

const isInline = (node: Node): boolean => "value" in node.attrs && node.inputs.length === 0 && !isFed(node);

function literal(node: Node, number: (value: number) => string, list: (shape: Shape) => string): string {
  const [{ shape }] = node.outputs;
  const value = number(Number(node.attrs.value));
  return shape.length === 0 ? value : `full(${list(shape)}, ${value})`;
}

/** What a leaf holds, when it is short: "= [1, 2]". */
export function shortValue(tensor: Tensor): string {
  const array = tensor.storage?.array;
  if (!array || array.data.length > 4) return "";
  const numbers = [...toNumbers(array)].map((value) => String(+value.toPrecision(4))).join(", ");
  return tensor.rank === 0 ? ` = ${numbers}` : ` = [${numbers}]`;
}
