import type { Extension } from "@codemirror/state";
import { hoverTooltip } from "@codemirror/view";
import type { CodeEditor } from "@jupyterlab/codeeditor";
import type { IRenderMimeRegistry } from "@jupyterlab/rendermime";
import type { Languages } from "./languages.js";
import { offsetOf } from "./offsets.js";
import { renderMarkdown } from "./render-markdown.js";

/** The type and the documentation of the name under the pointer. */
export function hover(
  languages: Languages,
  model: CodeEditor.IModel,
  rendermime: IRenderMimeRegistry,
): Extension {
  return hoverTooltip(
    async (view, pos) => {
      const text = view.state.doc.toString();
      const found = await languages.of(model)?.ask("hover", model, pos);
      if (!found || found.contents === "" || view.state.doc.toString() !== text) return null;
      const dom = await renderMarkdown(rendermime, found.contents);
      dom.classList.add("gradlab-Language-tooltip");
      return {
        pos: offsetOf(text, found.range.start),
        end: offsetOf(text, found.range.end),
        above: true,
        create: () => ({ dom }),
      };
    },
    { hoverTime: 350 },
  );
}
