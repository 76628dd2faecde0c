import { types } from "node:util";
import type { MimeBundle } from "./bundle.js";
import { imageType } from "./image-type.js";

/**
 * Values that are known by what they look like, as Deno's kernel knows them: Vega and Vega-Lite specifications
 * (by `$schema`, or `toSpec`), Plotly figures, elements of a DOM, canvases, images in bytes. Others → undefined.
 */
export function shapeBundle(value: unknown): MimeBundle | undefined {
  if (typeof value !== "object" || value === null || types.isProxy(value)) return undefined;
  if (value instanceof Uint8Array) {
    const type = imageType(value);
    // a PDF is bytes until someone asks to see it
    return type === undefined || type === "application/pdf" ? undefined : { [type]: value };
  }
  return vegaBundle(value) ?? plotlyBundle(value) ?? elementBundle(value);
}

const VEGA = /^https:\/\/vega\.github\.io\/schema\/(vega|vega-lite)\/v(\d+)(?:\.\d+)*\.json$/;

/** The MIME type that a Vega or Vega-Lite specification asks for. */
export function vegaType(spec: object): string | undefined {
  const schema: unknown = Object.getOwnPropertyDescriptor(spec, "$schema")?.value;
  const [, name, version] = (typeof schema === "string" ? VEGA.exec(schema) : null) ?? [];
  return name === undefined ? undefined : `application/vnd.${name.replace("-", "")}.v${version}+json`;
}

function vegaBundle(value: object): MimeBundle | undefined {
  const type = vegaType(value);
  if (type !== undefined) return { [type]: value };
  const { toSpec } = value as { toSpec?: unknown };
  if (typeof toSpec !== "function") return undefined;
  const spec: unknown = (toSpec as () => unknown).call(value);
  if (typeof spec !== "object" || spec === null) return undefined;
  const made = vegaType(spec);
  return made === undefined ? undefined : { [made]: spec };
}

export const PLOTLY = "application/vnd.plotly.v1+json";
const FIGURE_KEYS = new Set(["data", "layout", "config", "frames"]);
const TRACES = new Set(
  "bar barpolar box candlestick carpet choropleth choroplethmap choroplethmapbox cone contour contourcarpet densitymap densitymapbox funnel funnelarea heatmap histogram histogram2d histogram2dcontour icicle image indicator isosurface mesh3d ohlc parcats parcoords pie sankey scatter scatter3d scattercarpet scattergeo scattergl scattermap scattermapbox scatterpolar scatterpolargl scattersmith scatterternary splom streamtube sunburst surface table treemap violin volume waterfall".split(
    " ",
  ),
);

/** Much has `data` and `layout`: a figure has nothing else, and its traces are of Plotly's types. */
function plotlyBundle(value: object): MimeBundle | undefined {
  const keys = Object.keys(value);
  if (!keys.includes("data") || !keys.includes("layout") || !keys.every((key) => FIGURE_KEYS.has(key)))
    return undefined;
  const { data, layout } = value as { data: unknown; layout: unknown };
  const traces = Array.isArray(data) && data.length > 0 && data.every(isTrace);
  return traces && typeof layout === "object" && layout !== null ? { [PLOTLY]: value } : undefined;
}

function isTrace(value: unknown): boolean {
  return (
    typeof value === "object" && value !== null && TRACES.has(String((value as { type?: unknown }).type))
  );
}

function elementBundle(value: object): MimeBundle | undefined {
  const tag = Object.prototype.toString.call(value);
  if (/^\[object (HTML|SVG)\w*Element\]$/.test(tag)) {
    const { outerHTML: markup } = value as { outerHTML?: unknown };
    if (typeof markup !== "string") return undefined;
    return { [markup.startsWith("<svg") ? "image/svg+xml" : "text/html"]: markup };
  }
  const { toDataURL, constructor } = value as { toDataURL?: unknown; constructor?: { name?: unknown } };
  if (typeof toDataURL !== "function" || !/Canvas/.test(String(constructor?.name))) return undefined;
  const url = String((toDataURL as () => unknown).call(value));
  const [, type, data] = /^data:(image\/\w+);base64,(.*)$/s.exec(url) ?? [];
  return type === undefined ? undefined : { [type]: data };
}
