import { type Chart, type ChartOptions, type Numbers, makeChart, notEmpty, sameLength } from "./chart.js";
import { thin } from "./thin.js";
import { lineFigure } from "./line-figure.js";
import { lineSvg } from "./line-svg.js";
import { lineText } from "./line-text.js";

export interface LineSeries {
  readonly name: string;
  /** Default 0, 1, 2, … */
  readonly x?: Numbers;
  readonly y: Numbers;
  /** An interval around y, drawn as a band, e.g. a 95 % confidence interval. */
  readonly low?: Numbers;
  readonly high?: Numbers;
}

export interface LineChartOptions extends ChartOptions {
  readonly series: readonly LineSeries[];
  /** Logarithmic y axis; values of 0 and less have no place on it and are left out, which the chart says. */
  readonly logY?: boolean;
}

/** A series ready to be drawn. */
export interface Line {
  readonly name: string;
  readonly x: readonly number[];
  readonly y: readonly number[];
  readonly band?: { readonly low: readonly number[]; readonly high: readonly number[] };
}

export interface LineChart extends Omit<LineChartOptions, "series"> {
  readonly lines: readonly Line[];
  /** What was left out, for people to read. */
  readonly notes: readonly string[];
}

/** More points than this are thinned to the lowest and highest of each stretch; the eye sees no difference. */
export const MAX_POINTS = 2000;

/**
 * A line chart. Values that are not finite make a gap. Series longer than 2000 points are thinned to the extremes of
 * each stretch, so that no spike is lost.
 *
 * @throws E_DATA_EMPTY without points, E_SHAPE when x, y and band differ in length
 * @example lineChart({ title: "Loss", xLabel: "step", logY: true, series: [{ name: "train", y: losses }] })
 */
export function lineChart(options: LineChartOptions): Chart {
  const { series, ...rest } = options;
  notEmpty(
    "lineChart",
    series.reduce((count, { y }) => count + y.length, 0),
  );
  const all = series.map(toLine);
  const lines = all.map((line) => thin(line, MAX_POINTS));
  const chart: LineChart = { ...rest, lines, notes: notesOf(all, options.logY === true) };
  return makeChart({
    figure: () => lineFigure(chart),
    svg: () => lineSvg(chart),
    text: () => lineText(chart),
  });
}

function toLine({ name, x, y, low, high }: LineSeries): Line {
  const length = y.length;
  if (x !== undefined) sameLength("lineChart", `x of "${name}"`, length, x.length);
  if (low !== undefined) sameLength("lineChart", `low of "${name}"`, length, low.length);
  if (high !== undefined) sameLength("lineChart", `high of "${name}"`, length, high.length);
  const band =
    low !== undefined && high !== undefined ? { low: Array.from(low), high: Array.from(high) } : undefined;
  return {
    name,
    x: x === undefined ? Array.from({ length }, (_, i) => i) : Array.from(x),
    y: Array.from(y),
    ...(band === undefined ? {} : { band }),
  };
}

function notesOf(lines: readonly Line[], logY: boolean): string[] {
  const lost = logY ? lines.reduce((sum, { y }) => sum + y.filter((value) => value <= 0).length, 0) : 0;
  return lost === 0
    ? []
    : [`${lost} ${lost === 1 ? "value" : "values"} of 0 or less not shown on the logarithmic axis`];
}
