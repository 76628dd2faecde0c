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
import { baseFigure, legendFor, plotlyText } from "./figure.js";
import { formatNumber } from "./number.js";
import { INK, MUTED, colorOf } from "./palette.js";
import {
  type Frame,
  WIDTH,
  labelSpace,
  layOut,
  leftOf,
  px,
  svgAxisLabels,
  svgDocument,
  svgText,
  svgYAxis,
} from "./svg.js";
import { type Scale, linearScale } from "./ticks.js";

export interface BarSeries {
  readonly name: string;
  /** One value per label. */
  readonly values: Numbers;
  /** An interval for each value, drawn as a whisker, e.g. `Score.ci95`. */
  readonly ci95?: readonly (readonly [low: number, high: number])[];
}

export interface BarChartOptions extends ChartOptions {
  readonly labels: readonly string[];
  readonly series: readonly BarSeries[];
}

/**
 * A bar chart: one group of bars per label, one bar per series; the axis always includes 0.
 *
 * @throws E_DATA_EMPTY without labels, E_SHAPE when a series has another number of values
 * @example barChart({ labels: ["base", "tuned"], series: [{ name: "F1", values: [0.71, 0.83], ci95: [[0.68, 0.74], [0.8, 0.86]] }] })
 */
export function barChart(options: BarChartOptions): Chart {
  const { labels, series } = options;
  notEmpty("barChart", labels.length * series.length);
  for (const { name, values, ci95 } of series) {
    sameLength("barChart", `values of "${name}"`, labels.length, values.length);
    if (ci95 !== undefined) sameLength("barChart", `ci95 of "${name}"`, labels.length, ci95.length);
  }
  return makeChart({
    figure: () => barFigure(options),
    svg: () => barSvg(options),
    text: () => barText(options),
  });
}

function barFigure(options: BarChartOptions): PlotlyFigure {
  const { labels, series } = options;
  const data = series.map(({ name, values, ci95 }, i) => ({
    type: "bar",
    name: plotlyText(name),
    x: labels.map(plotlyText),
    y: jsonNumbers(values),
    marker: { color: colorOf(i) },
    ...(ci95 === undefined
      ? {}
      : {
          error_y: {
            type: "data",
            symmetric: false,
            array: jsonNumbers(ci95.map(([, high], k) => high - values[k])),
            arrayminus: jsonNumbers(ci95.map(([low], k) => values[k] - low)),
          },
        }),
  }));
  return baseFigure(data, options, {
    barmode: "group",
    ...legendFor(series.length),
    xaxis: { type: "category" },
  });
}

function barSvg(options: BarChartOptions): string {
  const { labels, series, title, xLabel, yLabel } = options;
  const values = series.flatMap((one) => [...Array.from(one.values), ...(one.ci95 ?? []).flat()]);
  const scale = linearScale(values, { zero: true });
  const slot = (WIDTH - 24 - leftOf(yLabel, scale)) / labels.length;
  const turned = labelSpace(labels.map((label) => shorten(label, 24))) > slot - 6;
  const below = turned
    ? 16 + Math.min(110, labelSpace(labels.map((label) => shorten(label, 24))) * 0.64)
    : 30;
  const { frame, legend } = layOut(
    series.map(({ name }) => name),
    options,
    scale,
    below,
  );
  return svgDocument(frame, title, `Bar chart: ${title ?? series.map(({ name }) => name).join(", ")}`, [
    legend,
    svgYAxis(frame, scale),
    ...series.map((one, i) => drawBars(one, i, series.length, slot, frame, scale)),
    baseline(frame, scale),
    ...labels.map((label, i) => drawLabel(label, frame.left + (i + 0.5) * slot, frame, turned)),
    svgAxisLabels(frame, xLabel, yLabel),
  ]);
}

function drawBars(
  series: BarSeries,
  index: number,
  count: number,
  slot: number,
  frame: Frame,
  scale: Scale,
): string {
  const width = Math.min(64, (slot * 0.72) / count);
  const yOf = (value: number): number => frame.bottom - scale.place(value) * (frame.bottom - frame.top);
  return Array.from(series.values, (value, i) => {
    if (!Number.isFinite(value)) return "";
    const x = frame.left + (i + 0.5) * slot + (index - count / 2) * width;
    const [top, bottom] = [yOf(Math.max(0, value)), yOf(Math.min(0, value))];
    const bar = `<rect x="${px(x + 1)}" y="${px(top)}" width="${px(width - 2)}" height="${px(Math.max(0.5, bottom - top))}" rx="1.5" fill="${colorOf(index)}"/>`;
    const interval = series.ci95?.[i];
    if (interval !== undefined && interval.every(Number.isFinite))
      return bar + whisker(x + width / 2, yOf(interval[0]), yOf(interval[1]));
    return width < 26
      ? bar
      : bar +
          svgText(x + width / 2, value < 0 ? bottom + 14 : top - 5, formatNumber(value, 3), {
            size: 11,
            anchor: "middle",
            fill: INK,
          });
  }).join("\n");
}

function whisker(x: number, low: number, high: number): string {
  const cap = (y: number): string => `M${px(x - 4)} ${px(y)}H${px(x + 4)}`;
  return `<path d="M${px(x)} ${px(low)}V${px(high)}${cap(low)}${cap(high)}" stroke="${INK}" stroke-width="1.5" fill="none"/>`;
}

function baseline(frame: Frame, scale: Scale): string {
  const y = px(frame.bottom - scale.place(0) * (frame.bottom - frame.top));
  return `<line x1="${px(frame.left)}" x2="${px(frame.right)}" y1="${y}" y2="${y}" stroke="${MUTED}"/>`;
}

function drawLabel(label: string, x: number, frame: Frame, turned: boolean): string {
  const text = shorten(label, 24);
  return turned
    ? svgText(x + 4, frame.bottom + 16, text, { anchor: "end", turn: -38 })
    : svgText(x, frame.bottom + 19, text, { anchor: "middle" });
}

const BLOCKS = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
const LENGTH = 40;

function barText({ labels, series, title }: BarChartOptions): string {
  const largest = Math.max(
    1e-300,
    ...series.flatMap(({ values }) =>
      Array.from(values, (value) => (Number.isFinite(value) ? Math.abs(value) : 0)),
    ),
  );
  const rows = labels.flatMap((label, i) =>
    series.map(({ name, values, ci95 }, k) => ({
      label:
        series.length === 1 ? label : `${k === 0 ? label : " ".repeat(Array.from(label).length)} ${name}`,
      value: values[i],
      interval: ci95?.[i],
    })),
  );
  const width = Math.min(32, Math.max(...rows.map(({ label }) => Array.from(label).length)));
  const lines = rows.map(({ label, value, interval }) => {
    const eighths = Number.isFinite(value) ? Math.round((Math.abs(value) / largest) * LENGTH * 8) : 0;
    const bar = "█".repeat(eighths >> 3) + BLOCKS[eighths & 7];
    const range =
      interval === undefined ? "" : ` [${formatNumber(interval[0])}, ${formatNumber(interval[1])}]`;
    return `${pad(shorten(label, width), width)} ${value < 0 ? "−" : " "}${pad(bar, LENGTH)} ${formatNumber(value)}${range}`;
  });
  return [...(title === undefined ? [] : [title]), ...lines].join("\n");
}
