import { type Displayable, DISPLAY } from "./display.js";
import { notEmpty } from "./chart.js";
import { diagramSvg } from "./diagram-svg.js";

/** One box: its first line is its title. */
export interface DiagramBox {
  readonly lines: readonly string[];
  /** Boxes of one kind share a colour and a line of the legend. */
  readonly kind: string;
  /** Shown when the mouse rests on it. */
  readonly tip?: string;
  /** Round ends, for what comes in or goes out. */
  readonly round?: boolean;
  /** A dashed border, for what mirrors something else. */
  readonly dashed?: boolean;
}

export interface DiagramOptions {
  readonly boxes: readonly DiagramBox[];
  /** Pairs of positions among the boxes, each from an earlier one to a later one. */
  readonly edges: readonly (readonly [from: number, to: number])[];
  readonly title?: string;
  /** For terminals. Default: one line per box. */
  readonly text?: string;
}

/** Boxes and arrows; ending a notebook cell with one shows it. */
export interface Diagram extends Displayable {
  svg(): string;
  text(): string;
}

/**
 * Boxes in rows, joined by arrows that all point down.
 *
 * @throws E_DATA_EMPTY without boxes
 * @example
 * diagram({ boxes: [{ lines: ["x"], kind: "input" }, { lines: ["exp"], kind: "op" }], edges: [[0, 1]] })
 */
export function diagram(options: DiagramOptions): Diagram {
  notEmpty("diagram", options.boxes.length);
  const svg = (): string => diagramSvg(options);
  const text = (): string => options.text ?? options.boxes.map(({ lines }) => lines.join(" ")).join("\n");
  return {
    svg,
    text,
    [DISPLAY]: () => ({
      "text/html": `<div style="overflow:auto;max-height:720px">${svg()}</div>`,
      "image/svg+xml": svg(),
      "text/plain": text(),
    }),
  };
}
