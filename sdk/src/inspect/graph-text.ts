import type { DiagramBox } from "../display/index.js";
import { boxesOf } from "./boxes.js";
import { graphOf, type GraphSource, type PictureOptions } from "./source.js";

/**
 * The picture of a graph in the language of Mermaid, which Markdown viewers draw.
 *
 * @source https://mermaid.js.org/syntax/flowchart.html
 * @example
 * graphMermaid(tensor([1, 2]).exp()); // "flowchart TD…n1[\"exp<br/>float32[2]\"]…n0 --> n1…"
 */
export function graphMermaid(source: GraphSource, options: PictureOptions = {}): string {
  const { boxes, edges } = boxesOf(graphOf(source, options), options.limit ?? 200);
  const text = (line: string): string => line.replace(/[#&"<>`]/g, (char) => `#${char.charCodeAt(0)};`);
  const label = ({ lines }: DiagramBox): string => `"${lines.map(text).join("<br/>")}"`;
  return [
    "flowchart TD",
    ...boxes.map((box, i) => `  n${i}${box.round ? `([${label(box)}])` : `[${label(box)}]`}`),
    ...edges.map(([from, to]) => `  n${from} --> n${to}`),
  ].join("\n");
}

/**
 * The picture of a graph in the language of Graphviz: `dot -Tsvg` draws it.
 *
 * @source https://graphviz.org/doc/info/lang.html
 * @example
 * graphDot(tensor([1, 2]).exp()); // "digraph {…n1 [label=\"exp\\nfloat32[2]\"]…n0 -> n1…}"
 */
export function graphDot(source: GraphSource, options: PictureOptions = {}): string {
  const { boxes, edges } = boxesOf(graphOf(source, options), options.limit ?? 200);
  const text = (line: string): string => line.replace(/[\\"]/g, "\\$&");
  const style = ({ round, dashed }: DiagramBox): string =>
    `${round ? ', shape="ellipse"' : ""}${dashed ? ', style="dashed"' : ""}`;
  return [
    "digraph {",
    '  node [shape="box", fontname="sans-serif"];',
    ...boxes.map((box, i) => `  n${i} [label="${box.lines.map(text).join("\\n")}"${style(box)}];`),
    ...edges.map(([from, to]) => `  n${from} -> n${to};`),
    "}",
  ].join("\n");
}
