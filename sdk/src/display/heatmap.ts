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
import { pad, shorten } from "./escape.js";
import { baseFigure, plotlyText } from "./figure.js";
import { formatNumber } from "./number.js";
import { GRID, MAPS, inkOn, mapColor } from "./palette.js";
import { type Frame, WIDTH, labelSpace, px, svgAxisLabels, svgDocument, svgText } from "./svg.js";
import { extent } from "./ticks.js";

export interface HeatmapOptions extends ChartOptions {
  /** Rows from top to bottom. */
  readonly values: readonly Numbers[];
  /** Names of the columns. */
  readonly xLabels?: readonly string[];
  /** Names of the rows. */
  readonly yLabels?: readonly string[];
  /** "sequential" from light to dark, "diverging" around 0; default by whether there are negative values. */
  readonly map?: keyof typeof MAPS;
}

/**
 * A heatmap, e.g. of attention: row 0 at the top. Up to 12 × 12 cells show their values.
 *
 * @throws E_DATA_EMPTY without cells, E_SHAPE when rows or labels differ in length
 * @example heatmap({ values: [[1, 0], [0.3, 0.7]], xLabels: ["the", "cat"], yLabels: ["the", "cat"] })
 */
export function heatmap(options: HeatmapOptions): Chart {
  const { values, xLabels, yLabels } = options;
  notEmpty("heatmap", values.length === 0 ? 0 : values[0].length);
  const columns = values[0].length;
  values.forEach((row, i) => sameLength("heatmap", `row ${i}`, columns, row.length));
  if (xLabels !== undefined) sameLength("heatmap", "xLabels", columns, xLabels.length);
  if (yLabels !== undefined) sameLength("heatmap", "yLabels", values.length, yLabels.length);
  const colors = colorRange(options);
  return makeChart({
    figure: () => heatFigure(options, colors),
    svg: () => heatSvg(options, colors),
    text: () => heatText(options, colors),
  });
}

interface ColorRange {
  readonly map: keyof typeof MAPS;
  readonly low: number;
  readonly high: number;
}

function colorRange({ values, map }: HeatmapOptions): ColorRange {
  const [low, high] = extent(
    values.flatMap((row) => Array.from(row)),
    Number.isFinite,
  );
  const chosen = map ?? (low < 0 ? "diverging" : "sequential");
  if (chosen === "sequential") return { map: chosen, low, high: high > low ? high : low + 1 };
  const reach = Math.max(Math.abs(low), Math.abs(high)) || 1;
  return { map: chosen, low: -reach, high: reach };
}

const MAX_WRITTEN = 12;

function heatFigure(options: HeatmapOptions, { map, low, high }: ColorRange): PlotlyFigure {
  const { values, xLabels, yLabels } = options;
  const written = values.length <= MAX_WRITTEN && values[0].length <= MAX_WRITTEN;
  const stops = MAPS[map];
  // Labels may repeat (tokens do), which Plotly's category axes would merge: cells go by number, labels are ticks.
  const axis = (labels: readonly string[] | undefined): object =>
    labels === undefined
      ? { showgrid: false, zeroline: false }
      : {
          showgrid: false,
          zeroline: false,
          tickmode: "array",
          tickvals: labels.map((_, i) => i),
          ticktext: labels.map(plotlyText),
        };
  const trace = {
    type: "heatmap",
    z: values.map(jsonNumbers),
    zmin: low,
    zmax: high,
    colorscale: stops.map((color, i) => [i / (stops.length - 1), color]),
    xgap: values[0].length > 24 ? 0 : 1,
    ygap: values.length > 24 ? 0 : 1,
    ...(written
      ? {
          text: values.map((row) => Array.from(row, (value) => formatNumber(value, 2))),
          texttemplate: "%{text}",
        }
      : {}),
    hovertemplate: "row %{y}, column %{x}: %{z}<extra></extra>",
  };
  return baseFigure([trace], options, {
    xaxis: axis(xLabels),
    yaxis: { ...axis(yLabels), autorange: "reversed" },
    height: Math.min(800, Math.max(280, 120 + values.length * 32)),
  });
}

function heatSvg(options: HeatmapOptions, range: ColorRange): string {
  const { values, title, xLabel, yLabel, xLabels = [], yLabels = [] } = options;
  const [rows, columns] = [values.length, values[0].length];
  const left = 24 + (yLabel === undefined ? 0 : 20) + labelSpace(yLabels.map((label) => shorten(label, 24)));
  const cellWidth = Math.min(72, (WIDTH - 110 - left) / columns);
  const cellHeight = Math.max(3, Math.min(34, cellWidth, 560 / rows));
  const turned = labelSpace(xLabels.map((label) => shorten(label, 24))) > cellWidth - 4;
  const below =
    xLabels.length === 0
      ? 8
      : turned
        ? 14 + Math.min(120, labelSpace(xLabels.map((label) => shorten(label, 24))) * 0.8)
        : 26;
  const top = title === undefined ? 20 : 52;
  const bottom = top + rows * cellHeight;
  const frame: Frame = {
    width: WIDTH,
    height: bottom + below + (xLabel === undefined ? 12 : 30),
    left,
    top,
    right: left + columns * cellWidth,
    bottom,
  };
  const place = (value: number): number => (value - range.low) / (range.high - range.low);
  const written = rows <= MAX_WRITTEN && columns <= MAX_WRITTEN && cellWidth >= 34 && cellHeight >= 16;
  const cells = values.flatMap((row, r) =>
    Array.from(row, (value, c) => {
      const [x, y] = [left + c * cellWidth, top + r * cellHeight];
      const fill = Number.isFinite(value) ? mapColor(range.map, place(value)) : "#ffffff";
      const gap = Math.min(cellWidth, cellHeight) < 16 ? -0.3 : 1;
      const cell = `<rect x="${px(x)}" y="${px(y)}" width="${px(cellWidth - gap)}" height="${px(cellHeight - gap)}" fill="${fill}"/>`;
      return written
        ? cell +
            svgText(x + cellWidth / 2, y + cellHeight / 2 + 4, formatNumber(value, 2), {
              size: 11,
              anchor: "middle",
              fill: inkOn(fill),
            })
        : cell;
    }),
  );
  return svgDocument(frame, title, `Heatmap: ${title ?? `${rows} × ${columns}`}`, [
    ...cells,
    ...yLabels.map((label, r) =>
      cellHeight < 10 && r % Math.ceil(10 / cellHeight) !== 0
        ? ""
        : svgText(left - 8, top + (r + 0.5) * cellHeight + 4, shorten(label, 24), { anchor: "end" }),
    ),
    ...xLabels.map((label, c) =>
      cellWidth < 12 && c % Math.ceil(12 / cellWidth) !== 0
        ? ""
        : columnLabel(label, left + (c + 0.5) * cellWidth, bottom, turned),
    ),
    colorBar(frame, range),
    svgAxisLabels(frame, xLabel, yLabel),
  ]);
}

function columnLabel(label: string, x: number, bottom: number, turned: boolean): string {
  const text = shorten(label, 24);
  return turned
    ? svgText(x + 4, bottom + 14, text, { anchor: "end", turn: -52 })
    : svgText(x, bottom + 16, text, { anchor: "middle" });
}

function colorBar(frame: Frame, { map, low, high }: ColorRange): string {
  const [x, height, steps] = [frame.right + 18, Math.max(60, frame.bottom - frame.top), 40];
  const strips = Array.from({ length: steps }, (_, i) => {
    const y = frame.top + (i * height) / steps;
    return `<rect x="${px(x)}" y="${px(y)}" width="12" height="${px(height / steps + 0.6)}" fill="${mapColor(map, 1 - (i + 0.5) / steps)}"/>`;
  });
  const label = (value: number, y: number): string =>
    svgText(x + 18, y, formatNumber(value, 3), { size: 11 });
  return [
    ...strips,
    `<rect x="${px(x)}" y="${px(frame.top)}" width="12" height="${px(height)}" fill="none" stroke="${GRID}"/>`,
    label(high, frame.top + 9),
    label((low + high) / 2, frame.top + height / 2 + 4),
    label(low, frame.top + height),
  ].join("\n");
}

const SHADES = [" ", "░", "▒", "▓", "█"];

/** More rows or columns than this are shown by every second, third, … one. */
const MAX_ROWS = 32;
const MAX_COLUMNS = 60;

function heatText({ values, title, xLabels, yLabels }: HeatmapOptions, { low, high }: ColorRange): string {
  const thinned = <T>(items: ArrayLike<T>, limit: number): T[] =>
    Array.from(items).filter((_, i) => i % Math.ceil(items.length / limit) === 0);
  const names = values.map((_, i) => shorten(yLabels?.[i] ?? String(i), 16));
  const width = Math.max(...names.map((name) => Array.from(name).length));
  const lines = values.map((row, i) => {
    const cells = thinned(row, MAX_COLUMNS).map((value) =>
      Number.isFinite(value) ? SHADES[Math.round(((value - low) / (high - low)) * 4)].repeat(2) : "? ",
    );
    return `${pad(names[i], width, "left")} │${cells.join("")}│`;
  });
  const [step, across] = [Math.ceil(values.length / MAX_ROWS), Math.ceil(values[0].length / MAX_COLUMNS)];
  const space = " ".repeat(width + 2);
  const columns = xLabels?.map((label) => shorten(label, 16)).join(" ");
  return [
    ...(title === undefined ? [] : [title]),
    ...thinned(lines, MAX_ROWS),
    ...(columns === undefined ? [] : [`${space}columns: ${shorten(columns, 2 * MAX_COLUMNS)}`]),
    ...(step * across === 1 ? [] : [`${space}(one row of ${step} and one column of ${across} shown)`]),
    `${space}${formatNumber(low, 3)} ${SHADES.join("")} ${formatNumber(high, 3)}`,
  ].join("\n");
}
