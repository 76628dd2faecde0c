// values → MIME bundles: tables, charts and progress for notebooks, terminals and files.
export { type BarChartOptions, type BarSeries, barChart } from "./bar-chart.js";
export { type Chart, type ChartOptions, type Numbers, PLOTLY_MIME, type PlotlyFigure } from "./chart.js";
export { type Diagram, type DiagramBox, type DiagramOptions, diagram } from "./diagram.js";
export {
  DISPLAY,
  type DisplayOptions,
  type Displayable,
  type MimeBundle,
  display,
  displayable,
} from "./display.js";
export { type HeatmapOptions, heatmap } from "./heatmap.js";
export { type LineChartOptions, type LineSeries, lineChart } from "./line-chart.js";
export { type ScatterChartOptions, type ScatterSeries, scatterChart } from "./scatter-chart.js";
export { sparkline } from "./line-text.js";
export { type LiveChart, liveChart } from "./live-chart.js";
export { markdown } from "./markdown.js";
export { type Progress, type ProgressOptions, progress } from "./progress.js";
export { type ColumnarTable, type Table, type TableOptions, table } from "./table.js";
