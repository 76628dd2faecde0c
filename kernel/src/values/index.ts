// Value → MIME bundle: what a cell shows of anything.
export { cleanBundle, isBundle, type MimeBundle } from "./bundle.js";
export { formatValue, metadataOf } from "./format-value.js";
export { html, image, json, latex, markdown, plotly, svg, vega } from "./helpers.js";
