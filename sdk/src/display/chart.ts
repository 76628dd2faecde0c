import { GradlabError } from "../errors.js";
import { DISPLAY, type Displayable, type MimeBundle } from "./display.js";

export const PLOTLY_MIME = "application/vnd.plotly.v1+json";

/** A Plotly figure: data traces, layout and configuration as plain JSON. */
export interface PlotlyFigure {
  readonly data: readonly Readonly<Record<string, unknown>>[];
  readonly layout: Readonly<Record<string, unknown>>;
  readonly config: Readonly<Record<string, unknown>>;
}

/** A chart in three formats; ending a notebook cell with one shows it. */
export interface Chart extends Displayable {
  /** For interactive front ends. */
  figure(): PlotlyFigure;
  /** Static, for everything else: a complete SVG document on a light background. */
  svg(): string;
  /** For terminals and logs. */
  text(): string;
}

/** What every chart may be told. */
export interface ChartOptions {
  readonly title?: string;
  readonly xLabel?: string;
  readonly yLabel?: string;
}

/** Numbers in any form they come in. */
export type Numbers = ArrayLike<number>;

export function makeChart(parts: Pick<Chart, "figure" | "svg" | "text">): Chart {
  return { ...parts, [DISPLAY]: () => bundleOf(parts) };
}

function bundleOf({ figure, svg, text }: Pick<Chart, "figure" | "svg" | "text">): MimeBundle {
  return { [PLOTLY_MIME]: figure(), "image/svg+xml": svg(), "text/plain": text() };
}

/** Numbers for JSON: Plotly takes null for a gap, JSON has no NaN. */
export function jsonNumbers(values: Numbers): (number | null)[] {
  return Array.from(values, (value) => (Number.isFinite(value) ? value : null));
}

/** @throws E_SHAPE unless both have the same length */
export function sameLength(chart: string, what: string, expected: number, got: number): void {
  if (expected !== got)
    throw new GradlabError("E_SHAPE", `${chart}: ${what}: expected ${expected} values, got ${got}.`, {
      hint: "Give one value for each.",
    });
}

/** @throws E_DATA_EMPTY for a chart without anything on it */
export function notEmpty(chart: string, count: number): void {
  if (count === 0) throw new GradlabError("E_DATA_EMPTY", `${chart}: there is nothing to draw.`);
}
