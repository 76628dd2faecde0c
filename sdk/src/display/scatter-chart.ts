import {
  type Chart,
  type ChartOptions,
  type Numbers,
  type PlotlyFigure,
  jsonNumbers,
  makeChart,
  notEmpty,
  sameLength,
} from "./chart.js";
import { shorten } from "./escape.js";
import { baseFigure, legendFor, plotlyText } from "./figure.js";
import { formatNumber } from "./number.js";
import { INK, colorOf } from "./palette.js";
import { type Frame, layOut, px, svgAxisLabels, svgDocument, svgText, svgXAxis, svgYAxis } from "./svg.js";
import { type Scale, linearScale, logScale } from "./ticks.js";

export interface ScatterSeries {
  readonly name: string;
  readonly x: Numbers;
  readonly y: Numbers;
  /** A name for each point, written beside it. */
  readonly labels?: readonly string[];
  /** Points joined by a line, without dots. Default false. */
  readonly line?: boolean;
}

export interface ScatterChartOptions extends ChartOptions {
  readonly series: readonly ScatterSeries[];
  readonly logX?: boolean;
  /** On logarithmic axes points at 0 and less are left out. */
  readonly logY?: boolean;
}

/**
 * Points by two numbers each, with names beside them, and lines to compare them with.
 *
 * @throws E_DATA_EMPTY without points, E_SHAPE when x, y and labels differ in number
 * @example
 * scatterChart({ xLabel: "size", yLabel: "ms", logX: true, series: [{ name: "gpt2", x: [1, 10], y: [2, 9] }] })
 */
export function scatterChart(options: ScatterChartOptions): Chart {
  const { series, logX = false, logY = false } = options;
  notEmpty(
    "scatterChart",
    series.reduce((count, { y }) => count + y.length, 0),
  );
  for (const { name, x, y, labels } of series) {
    sameLength("scatterChart", `y of "${name}"`, x.length, y.length);
    if (labels) sameLength("scatterChart", `labels of "${name}"`, x.length, labels.length);
  }
  const drawn = series.map((one) => pointsOf(one, logX, logY));
  return makeChart({
    figure: () => scatterFigure(options),
    svg: () => scatterSvg(options, drawn),
    text: () => scatterText(options),
  });
}

interface Point {
  readonly x: number;
  readonly y: number;
  readonly label: string;
}

function pointsOf({ x, y, labels }: ScatterSeries, logX: boolean, logY: boolean): Point[] {
  const all = Array.from(x, (at, i) => ({ x: at, y: y[i], label: labels?.[i] ?? "" }));
  const fits = (value: number, log: boolean): boolean => Number.isFinite(value) && (!log || value > 0);
  return all.filter((point) => fits(point.x, logX) && fits(point.y, logY));
}

function scatterFigure(options: ScatterChartOptions): PlotlyFigure {
  const { series, logX = false, logY = false } = options;
  const data = series.map(({ name, x, y, labels, line = false }, i) => ({
    type: "scatter",
    mode: line ? "lines" : labels ? "markers+text" : "markers",
    name: plotlyText(name),
    x: jsonNumbers(x),
    y: jsonNumbers(y),
    ...(line ? { line: { color: colorOf(i), width: 2 } } : { marker: { color: colorOf(i), size: 9 } }),
    ...(labels && !line ? { text: labels.map(plotlyText), textposition: "top center" } : {}),
  }));
  return baseFigure(data, options, {
    ...legendFor(series.length),
    xaxis: logX ? { type: "log" } : {},
    yaxis: logY ? { type: "log" } : {},
  });
}

function scatterSvg(options: ScatterChartOptions, drawn: readonly (readonly Point[])[]): string {
  const { series, title, xLabel, yLabel, logX, logY } = options;
  const points = drawn.flat();
  const scaleOf = (values: number[], log = false): Scale => (log ? logScale(values) : linearScale(values));
  const xScale = scaleOf(
    points.map(({ x }) => x),
    logX,
  );
  const yScale = scaleOf(
    points.map(({ y }) => y),
    logY,
  );
  const names = series.map(({ name }) => name);
  const { frame, legend } = layOut(names, options, yScale);
  const place = ({ x, y }: Point): readonly [number, number] => [
    frame.left + xScale.place(x) * (frame.right - frame.left),
    frame.bottom - yScale.place(y) * (frame.bottom - frame.top),
  ];
  return svgDocument(frame, title, `Scatter chart: ${title ?? names.join(", ")}`, [
    legend,
    svgYAxis(frame, yScale),
    svgXAxis(frame, xScale),
    ...series.map(({ line }, i) => (line ? drawLine : drawDots)(drawn[i], colorOf(i), place, frame)),
    svgAxisLabels(frame, xLabel, yLabel),
  ]);
}

type Place = (point: Point) => readonly [number, number];

function drawLine(points: readonly Point[], color: string, place: Place): string {
  const path = points.map((point, i) => `${i === 0 ? "M" : "L"}${place(point).map(px).join(" ")}`).join("");
  return path === "" ? "" : `<path d="${path}" fill="none" stroke="${color}" stroke-width="2"/>`;
}

/** A name that would stand further below its dot is left out. */
const FAR = 32;

/** Names stand beside their dots, on the side that has room, a little lower where another name is near. */
function drawDots(points: readonly Point[], color: string, place: Place, frame: Frame): string {
  const taken: (readonly [number, number])[] = [];
  const dots = points.map((point) => {
    const [x, y] = place(point);
    const dot = `<circle cx="${px(x)}" cy="${px(y)}" r="4.5" fill="${color}" fill-opacity="0.8"/>`;
    if (point.label === "") return dot;
    let row = y + 4;
    while (taken.some(([tx, ty]) => Math.abs(tx - x) < 90 && Math.abs(ty - row) < 12)) row += 12;
    if (row - y > FAR || row > frame.bottom) return dot;
    taken.push([x, row]);
    const onLeft = x > frame.right - 110;
    const side = onLeft ? ({ anchor: "end" } as const) : {};
    return (
      dot + svgText(x + (onLeft ? -8 : 8), row, shorten(point.label, 20), { size: 11, fill: INK, ...side })
    );
  });
  return dots.join("\n");
}

function scatterText({ series, title, xLabel = "x", yLabel = "y" }: ScatterChartOptions): string {
  const rows = series
    .filter(({ line }) => !line)
    .flatMap(({ name, x, y, labels }) =>
      Array.from(
        x,
        (at, i) => `${labels?.[i] ?? name}: ${xLabel} ${formatNumber(at)}, ${yLabel} ${formatNumber(y[i])}`,
      ),
    );
  return [...(title === undefined ? [] : [title]), ...rows].join("\n");
}
