// Plotly figure → chart in an output.
import type { IRenderMime } from "@jupyterlab/rendermime-interfaces";
import { PlotlyWidget } from "./widget.js";

const MIME_TYPE = "application/vnd.plotly.v1+json";

/** Shows `application/vnd.plotly.v1+json`; a front end without it falls back to the SVG or the text beside it. */
export const plotlyRenderer: IRenderMime.IExtension = {
  id: "gradlab-app:plotly",
  description: "Plotly charts, in the page's colours.",
  rendererFactory: {
    // A figure is data: Plotly escapes texts, and its pseudo-HTML has no scripts.
    safe: true,
    mimeTypes: [MIME_TYPE],
    createRenderer: (options) => new PlotlyWidget(options),
  },
  // Before the SVG that lies beside it for other front ends.
  rank: 40,
  dataType: "json",
};
