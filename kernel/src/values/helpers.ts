import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { KernelError } from "../errors.js";
import type { MimeBundle } from "./bundle.js";
import { describe } from "./describe.js";
import { METADATA } from "./format-value.js";
import { imageType } from "./image-type.js";
import { PLOTLY, vegaType } from "./shapes.js";

/** A value that a cell shows as this bundle. */
function shows(bundle: MimeBundle, metadata: Record<string, unknown> = {}): object {
  return { [Symbol.for("Jupyter.display")]: () => bundle, [METADATA]: metadata };
}

type Markup = (text: TemplateStringsArray | string, ...values: unknown[]) => object;

const markup =
  (type: string): Markup =>
  (text, ...values) => {
    const data = typeof text === "string" ? text : String.raw({ raw: text.raw }, ...values);
    return shows({ [type]: data, "text/plain": data });
  };

/** HTML, as a call or before a template: html`<b>${word}</b>`. Values are put in as they are. */
export const html = markup("text/html");
/** Markdown, as a call or before a template. */
export const markdown = markup("text/markdown");
/** SVG, as a call or before a template. */
export const svg = markup("image/svg+xml");
/** LaTeX, as a call or before a template: latex`$\frac{1}{2}$`. */
export const latex = markup("text/latex");

export interface ImageOptions {
  /** CSS pixels. */
  readonly width?: number;
  readonly height?: number;
}

/**
 * A picture or a PDF from its file, or from its bytes.
 *
 * @throws E_USAGE for what is none of PNG, JPEG, GIF, WebP, SVG and PDF
 */
export function image(source: string | URL | Uint8Array, size: ImageOptions = {}): object {
  const bytes =
    source instanceof Uint8Array
      ? source
      : readFileSync(source instanceof URL ? fileURLToPath(source) : source);
  const start = Buffer.from(bytes.subarray(0, 1000)).toString("utf8");
  const text = `image, ${bytes.length.toLocaleString("en-US")} bytes`;
  const type = imageType(bytes);
  if (type !== undefined) {
    return shows(
      { [type]: bytes, "text/plain": `${type.split("/")[1].toUpperCase()} ${text}` },
      { [type]: size },
    );
  }
  if (/^\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*|<!DOCTYPE[^>]*>\s*)*<svg[\s>]/s.test(start)) {
    const svgText = Buffer.from(bytes).toString("utf8");
    return shows({ "image/svg+xml": svgText, "text/plain": `SVG ${text}` }, { "image/svg+xml": size });
  }
  throw new KernelError("E_USAGE", "image: this is no PNG, JPEG, GIF, WebP, SVG or PDF.", {
    ...(typeof source === "string" ? { where: source } : {}),
    hint: "Give the path of such a file, or its bytes.",
  });
}

/** A value as a tree that folds. */
export function json(value: unknown, options: { readonly expanded?: boolean } = {}): object {
  const bundle = { "application/json": value, "text/plain": describe(value) };
  return shows(bundle, { "application/json": { expanded: options.expanded === true } });
}

/** A Vega or Vega-Lite specification; without `$schema` it is taken for Vega-Lite 5. */
export function vega(spec: object): object {
  const type = vegaType(spec) ?? "application/vnd.vegalite.v5+json";
  return shows({ [type]: spec, "text/plain": describe(spec) });
}

/** A Plotly figure. */
export function plotly(figure: {
  readonly data: readonly object[];
  readonly layout?: object;
  readonly config?: object;
}): object {
  const { data, layout = {}, ...more } = figure;
  const names = data.map((trace) => (trace as { type?: string }).type ?? "scatter");
  return shows({ [PLOTLY]: { data, layout, ...more }, "text/plain": `Plotly figure: ${names.join(", ")}` });
}
