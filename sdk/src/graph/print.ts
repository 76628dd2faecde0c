import { graphNames, shortValue, type GraphNames } from "./names.js";
import type { Node } from "./node.js";
import { attrsKey, type AttrValue } from "./op.js";
import type { Graph } from "./program-graph.js";
import { Tensor } from "./tensor.js";
import { variableOf } from "./variable.js";

/** Places stand in one column unless a line is longer than this. */
const COLUMN = 76;

/**
 * A graph as text, one line per node: its number, its type, the op with what it reads and its attributes,
 * and behind # the user's line that made it.
 */
export function formatGraph(graph: Graph): string {
  const names = graphNames(graph);
  const nodes = graph.nodes.filter((node) => !names.isInline(node));
  const lines = nodes.map((node) => [formatNode(node, names), String(node.made ?? "")] as const);
  const column = Math.min(COLUMN, Math.max(0, ...lines.map(([text]) => text.length)));
  return [
    ...Object.entries(graph.symbols).map(([name, size]) => `symbol ${name} (traced as ${size})`),
    ...graph.inputs.map((input) => inputText(input, names)),
    ...graph.constants.map(({ tensor }) => `constant ${names.of(tensor)}: ${names.spec(tensor)}`),
    ...lines.map(([text, place]) => (place ? `${text.padEnd(column)}   # ${place}` : text)),
    ...graph.outputs.map((output, i) => outputText(graph, output, i, names)),
  ].join("\n");
}

function inputText(input: Tensor, names: GraphNames): string {
  const kind = variableOf(input.node) ? "variable" : input.storage ? "given" : "argument";
  return `${kind} ${names.of(input)}: ${names.spec(input)}${kind === "given" ? shortValue(input) : ""}`;
}

/** "%3: float32[8, 64] = matmul(%1, w, transB=true)" */
export function formatNode(node: Node, names: GraphNames): string {
  const specs = node.outputs.map((spec) => names.spec(spec));
  const type = specs.length === 1 ? specs[0] : `(${specs.join(", ")})`;
  const name = names.of(new Tensor(node));
  return `${name}: ${type} = ${callText(node, names)}`;
}

/** "matmul(%1, w, transB=true)"; attributes that have their usual value are left out. */
function callText({ op, inputs, attrs }: Node, names: GraphNames): string {
  const shown = Object.entries(attrs).filter(([name, value]) => !isUsual(op.defaults?.[name], value));
  const options = shown.map(([name, value]) => `${name}=${attrText(value, names)}`);
  return `${op.name}(${[...inputs.map(names.of), ...options].join(", ")})`;
}

const isUsual = (usual: AttrValue | undefined, value: AttrValue): boolean =>
  usual !== undefined && attrsKey({ value: usual }) === attrsKey({ value });

function attrText(value: AttrValue, { number }: GraphNames): string {
  if (typeof value === "object") return `[${value.map(number).join(", ")}]`;
  return typeof value === "number" ? number(value) : JSON.stringify(value);
}

function outputText(graph: Graph, output: Tensor, i: number, names: GraphNames): string {
  const target = graph.donations[i];
  const overwritten = target === undefined ? "" : ` overwrites ${names.of(graph.inputs[target])}`;
  return `output ${names.of(output)}: ${names.spec(output)}${overwritten}`;
}
