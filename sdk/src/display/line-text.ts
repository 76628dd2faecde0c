import { pad, shorten } from "./escape.js";
import type { Line, LineChart } from "./line-chart.js";
import { formatNumber } from "./number.js";
import { extent, linearScale, logScale } from "./ticks.js";

const COLUMNS = 60;
const ROWS = 12;
const BARS = "▁▂▃▄▅▆▇█";

/** A line chart as text: one series as a plot of Braille dots, several as one sparkline each. */
export function lineText(chart: LineChart): string {
  const { lines, title, notes } = chart;
  const body =
    lines.length === 1 ? dotPlot(lines[0], chart) : lines.map((line) => sparkRow(line, chart)).join("\n");
  return [...(title === undefined ? [] : [title]), body, ...notes.map((note) => `(${note})`)].join("\n");
}

/**
 * A row of eight-level blocks.
 *
 * @example sparkline([1, 2, 4, 8]) // "▁▂▄█"
 */
export function sparkline(
  values: ArrayLike<number>,
  options: { width?: number; log?: boolean } = {},
): string {
  const list = Array.from(values, (value) => (options.log === true ? Math.log(value) : value));
  const width = Math.min(options.width ?? COLUMNS, list.length);
  const [low, high] = extent(list, Number.isFinite);
  return Array.from({ length: width }, (_, column) => {
    const from = Math.floor((column * list.length) / width);
    const stretch = list
      .slice(from, Math.floor(((column + 1) * list.length) / width))
      .filter(Number.isFinite);
    if (stretch.length === 0) return " ";
    const mean = stretch.reduce((sum, value) => sum + value, 0) / stretch.length;
    const level = high > low ? Math.round(((mean - low) / (high - low)) * 7) : 3;
    return BARS[level];
  }).join("");
}

function sparkRow(line: Line, { lines, logY = false }: LineChart): string {
  const width = Math.min(24, Math.max(...lines.map(({ name }) => Array.from(name).length)));
  const [low, high] = extent(line.y, Number.isFinite);
  const last = line.y.findLast((value) => Number.isFinite(value)) ?? NaN;
  const numbers = `${formatNumber(low)} … ${formatNumber(high)}, last ${formatNumber(last)}`;
  return `${pad(shorten(line.name, width), width)}  ${sparkline(line.y, { width: 40, log: logY })}  ${numbers}`;
}

/** Each character holds 2 × 4 dots (Unicode Braille patterns). */
const DOTS = [
  [0x01, 0x08],
  [0x02, 0x10],
  [0x04, 0x20],
  [0x40, 0x80],
] as const;

function dotPlot(line: Line, { logY = false, xLabel, yLabel }: LineChart): string {
  const yScale = logY ? logScale(line.y) : linearScale(line.y, { count: 4 });
  const [first, last] = extent(line.x, Number.isFinite);
  const cells = Array.from({ length: ROWS }, () => Array.from({ length: COLUMNS }, () => 0));
  const [wide, high] = [COLUMNS * 2 - 1, ROWS * 4 - 1];
  let before: { column: number; row: number } | undefined;
  line.x.forEach((x, i) => {
    const y = line.y[i];
    if (!Number.isFinite(x) || !Number.isFinite(y) || (logY && y <= 0)) {
      before = undefined;
      return;
    }
    const at = {
      column: last > first ? Math.round(((x - first) / (last - first)) * wide) : 0,
      row: Math.round((1 - yScale.place(y)) * high),
    };
    joinDots(cells, before ?? at, at);
    before = at;
  });
  const labels = new Map(
    yScale.ticks.map(({ value, label }) => [
      Math.max(0, Math.floor(((1 - yScale.place(value)) * high) / 4 + 1e-9)),
      label,
    ]),
  );
  const space = Math.max(...[...labels.values()].map((label) => label.length));
  const rows = cells.map((row, i) => {
    const dots = row.map((bits) => String.fromCharCode(0x2800 + bits)).join("");
    return `${pad(labels.get(i) ?? "", space, "left")} ${labels.has(i) ? "┤" : "│"}${dots}`;
  });
  const [start, end] = [formatNumber(first), formatNumber(last)];
  const middle = pad(xLabel ?? "", COLUMNS - start.length - end.length - 2);
  const bottom = `${" ".repeat(space)} └${"─".repeat(COLUMNS)}\n${" ".repeat(space + 2)}${start}  ${middle}${end}`;
  return [...(yLabel === undefined ? [] : [yLabel]), ...rows, bottom].join("\n");
}

function joinDots(
  cells: number[][],
  from: { column: number; row: number },
  to: { column: number; row: number },
): void {
  const steps = Math.max(1, Math.abs(to.column - from.column), Math.abs(to.row - from.row));
  for (let s = 0; s <= steps; s++) {
    const column = Math.round(from.column + ((to.column - from.column) * s) / steps);
    const row = Math.round(from.row + ((to.row - from.row) * s) / steps);
    cells[row >> 2][column >> 1] |= DOTS[row & 3][column & 1];
  }
}
