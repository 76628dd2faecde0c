import type { Line, LineChart } from "./line-chart.js";
import { MUTED, colorOf } from "./palette.js";
import { type Frame, layOut, px, svgAxisLabels, svgDocument, svgText, svgXAxis, svgYAxis } from "./svg.js";
import { type Scale, linearScale, logScale } from "./ticks.js";

/** A line chart as an SVG document. */
export function lineSvg(chart: LineChart): string {
  const { lines, title, xLabel, yLabel, notes, logY = false } = chart;
  const xScale = linearScale(
    lines.flatMap(({ x }) => x),
    { count: 7, tight: true },
  );
  const heights = lines.flatMap(({ y, band }) => [...y, ...(band?.low ?? []), ...(band?.high ?? [])]);
  const yScale = logY ? logScale(heights) : linearScale(heights);
  const { frame, legend } = layOut(
    lines.map(({ name }) => name),
    chart,
    yScale,
  );
  const note =
    notes.length === 0
      ? []
      : [svgText(frame.right, frame.top + 12, notes.join("; "), { size: 11, anchor: "end", fill: MUTED })];
  return svgDocument(frame, title, `Line chart: ${title ?? lines.map(({ name }) => name).join(", ")}`, [
    legend,
    svgYAxis(frame, yScale),
    svgXAxis(frame, xScale),
    ...lines.map((line, i) => drawBand(line, i, frame, xScale, yScale, logY)),
    ...lines.map((line, i) => drawLine(line, i, frame, xScale, yScale, logY)),
    ...note,
    svgAxisLabels(frame, xLabel, yLabel),
  ]);
}

type Point = readonly [x: number, y: number];

function placer(frame: Frame, xScale: Scale, yScale: Scale): (x: number, y: number) => Point {
  return (x, y) => [
    frame.left + xScale.place(x) * (frame.right - frame.left),
    frame.bottom - yScale.place(y) * (frame.bottom - frame.top),
  ];
}

const isDrawn = (x: number, y: number, logY: boolean): boolean =>
  Number.isFinite(x) && Number.isFinite(y) && (!logY || y > 0);

/** The stretches between gaps. */
function stretches(
  { x, y }: Pick<Line, "x" | "y">,
  place: (x: number, y: number) => Point,
  logY: boolean,
): Point[][] {
  const found: Point[][] = [[]];
  x.forEach((at, i) => {
    if (isDrawn(at, y[i], logY)) found[found.length - 1].push(place(at, y[i]));
    else if (found[found.length - 1].length > 0) found.push([]);
  });
  return found.filter((points) => points.length > 0);
}

function drawLine(
  line: Line,
  index: number,
  frame: Frame,
  xScale: Scale,
  yScale: Scale,
  logY: boolean,
): string {
  const parts = stretches(line, placer(frame, xScale, yScale), logY);
  const color = colorOf(index);
  const path = parts
    .filter((points) => points.length > 1)
    .map(pathOf)
    .join("");
  const stroke =
    path === ""
      ? ""
      : `<path d="${path}" fill="none" stroke="${color}" stroke-width="2" stroke-linejoin="round" stroke-linecap="round"/>`;
  const dotted = line.y.length <= 30 ? parts.flat() : parts.filter((points) => points.length === 1).flat();
  const dots = dotted.map(([x, y]) => `<circle cx="${px(x)}" cy="${px(y)}" r="3" fill="${color}"/>`).join("");
  return stroke + dots;
}

function drawBand(
  line: Line,
  index: number,
  frame: Frame,
  xScale: Scale,
  yScale: Scale,
  logY: boolean,
): string {
  if (line.band === undefined) return "";
  const { low, high } = line.band;
  const place = placer(frame, xScale, yScale);
  const inside = line.x
    .map((_, i) => i)
    .filter((i) => isDrawn(line.x[i], low[i], logY) && isDrawn(line.x[i], high[i], logY));
  const points = [
    ...inside.map((i) => place(line.x[i], high[i])),
    ...inside.toReversed().map((i) => place(line.x[i], low[i])),
  ];
  return points.length < 4
    ? ""
    : `<path d="${pathOf(points)}Z" fill="${colorOf(index)}" fill-opacity="0.18"/>`;
}

const pathOf = (points: readonly Point[]): string =>
  points.map(([x, y], i) => `${i === 0 ? "M" : "L"}${px(x)} ${px(y)}`).join("");
