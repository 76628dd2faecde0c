import type { ChartOptions, PlotlyFigure } from "./chart.js";
import { COLORS, GRID } from "./palette.js";

type Layout = Readonly<Record<string, unknown>> & { xaxis?: object; yaxis?: object; showlegend?: boolean };

/** Layout that all charts share; colours of text and background are left to the front end's theme. */
export function baseFigure(
  data: PlotlyFigure["data"],
  { title, xLabel, yLabel }: ChartOptions,
  layout: Layout = {},
): PlotlyFigure {
  return {
    data,
    layout: {
      colorway: COLORS,
      margin: { t: topSpace(title, layout), r: 24, b: 56, l: 56 },
      height: 400,
      hovermode: "closest",
      ...(title === undefined ? {} : titleLayout(title)),
      ...layout,
      xaxis: axisLayout(xLabel, layout.xaxis),
      yaxis: axisLayout(yLabel, layout.yaxis),
    },
    config: { displaylogo: false, responsive: true },
  };
}

/** Plotly reads a little HTML in texts: what is meant literally is escaped. */
export function plotlyText(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/**
 * A legend for more than one series: above the plot, at its right from five on. Plotly.validate fails on a legend that
 * is not shown, so there is none for one series.
 */
export function legendFor(series: number): { showlegend: boolean; legend?: object } {
  if (series < 2) return { showlegend: false };
  if (series > 4) return { showlegend: true, legend: { x: 1.02, y: 1, traceorder: "normal" } };
  const above = { orientation: "h", x: 0, y: 1.02, yanchor: "bottom", traceorder: "normal" };
  return { showlegend: true, legend: above };
}

const topSpace = (title: string | undefined, { showlegend = false }: Layout): number =>
  (title === undefined ? 24 : 56) + (showlegend ? 24 : 0);

const titleLayout = (title: string): object => ({
  title: {
    text: plotlyText(title),
    x: 0.02,
    xanchor: "left",
    y: 1,
    yanchor: "top",
    yref: "container",
    pad: { t: 16 },
  },
});

/** Plotly.validate rejects what has no effect: grid colours without a grid, a number format for categories. */
function axisLayout(label: string | undefined, own: object = {}): object {
  return {
    ...("showgrid" in own ? {} : { gridcolor: GRID, zerolinecolor: GRID }),
    automargin: true,
    ...("type" in own ? {} : { exponentformat: "power" }),
    ...(label === undefined ? {} : { title: { text: plotlyText(label), standoff: 12 } }),
    ...own,
  };
}
