// tensor summary → values, heat map or histogram in an output.
import type { IRenderMime } from "@jupyterlab/rendermime-interfaces";
import { TensorWidget } from "./widget.js";

/** Shows `application/vnd.gradlab.tensor+json`, the summary that the SDK sends beside a tensor's text. */
export const tensorRenderer: IRenderMime.IExtension = {
  id: "gradlab-app:tensor",
  description: "Tensors: their values, a heat map or a histogram.",
  rendererFactory: {
    safe: true,
    mimeTypes: ["application/vnd.gradlab.tensor+json"],
    createRenderer: (options) => new TensorWidget(options),
  },
  rank: 40,
  dataType: "json",
};
