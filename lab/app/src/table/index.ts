// data resource → table that sorts and turns pages.
import type { IRenderMime } from "@jupyterlab/rendermime-interfaces";
import { TableWidget } from "./widget.js";

/** Shows `application/vnd.dataresource+json`, the tabular form of the Frictionless Data specification. */
export const tableRenderer: IRenderMime.IExtension = {
  id: "gradlab-app:table",
  description: "Tables that sort by any column and show one page at a time.",
  rendererFactory: {
    safe: true,
    mimeTypes: ["application/vnd.dataresource+json"],
    createRenderer: (options) => new TableWidget(options),
  },
  rank: 40,
  dataType: "json",
};
