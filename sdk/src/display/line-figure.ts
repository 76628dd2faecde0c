import { type PlotlyFigure, jsonNumbers } from "./chart.js";
import { baseFigure, legendFor, plotlyText } from "./figure.js";
import type { Line, LineChart } from "./line-chart.js";
import { colorOf } from "./palette.js";
import { extent, isFine } from "./ticks.js";

/** A line chart as a Plotly figure. */
export function lineFigure(chart: LineChart): PlotlyFigure {
  const { lines, notes, logY = false } = chart;
  const data = lines.flatMap((line, i) => [...bandTraces(line, i), lineTrace(line, i, logY)]);
  return baseFigure(data, chart, {
    ...legendFor(lines.length),
    hovermode: "x unified",
    yaxis: logY ? { type: "log", dtick: logStep(lines) } : {},
    ...(notes.length === 0
      ? {}
      : {
          annotations: [
            {
              text: notes.join("; "),
              xref: "paper",
              yref: "paper",
              x: 1,
              y: 0,
              xanchor: "right",
              yanchor: "bottom",
              showarrow: false,
              font: { size: 11 },
            },
          ],
        }),
  });
}

/** Plotly's "D2" marks 1, 2 and 5 of every power of ten. */
function logStep(lines: readonly Line[]): number | "D2" {
  const [min, max] = extent(
    lines.flatMap(({ y }) => y),
    (value) => Number.isFinite(value) && value > 0,
  );
  return isFine(min, max) ? "D2" : 1;
}

function lineTrace({ name, x, y }: Line, index: number, logY: boolean): Readonly<Record<string, unknown>> {
  return {
    type: "scatter",
    ...(y.length <= 30
      ? { mode: "lines+markers", marker: { color: colorOf(index), size: 6 } }
      : { mode: "lines" }),
    name: plotlyText(name),
    x: jsonNumbers(x),
    y: jsonNumbers(logY ? y.map((value) => (value > 0 ? value : NaN)) : y),
    line: { color: colorOf(index), width: 2 },
    connectgaps: false,
  };
}

/** Plotly fills between one trace and the one before it. */
function bandTraces({ x, band }: Line, index: number): Readonly<Record<string, unknown>>[] {
  if (band === undefined) return [];
  const edge = (y: readonly number[]): Record<string, unknown> => ({
    type: "scatter",
    mode: "lines",
    x: jsonNumbers(x),
    y: jsonNumbers(y),
    line: { color: colorOf(index), width: 0 },
    showlegend: false,
    hoverinfo: "skip",
  });
  return [edge(band.low), { ...edge(band.high), fill: "tonexty", fillcolor: `${colorOf(index)}33` }];
}
