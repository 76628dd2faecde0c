// kernel's language comm ↔ editor: completion, hover, signatures, squiggles, definitions, formatting.
import { lintKeymap } from "@codemirror/lint";
import { EditorView, keymap, ViewPlugin } from "@codemirror/view";
import type { JupyterFrontEndPlugin } from "@jupyterlab/application";
import { ICommandPalette } from "@jupyterlab/apputils";
import type { CodeEditor } from "@jupyterlab/codeeditor";
import { EditorExtensionRegistry, IEditorExtensionRegistry } from "@jupyterlab/codemirror";
import { ICompletionProviderManager } from "@jupyterlab/completer";
import { INotebookTracker } from "@jupyterlab/notebook";
import { IRenderMimeRegistry } from "@jupyterlab/rendermime";
import { addCommands, goToDefinition } from "./commands.js";
import { LanguageCompletion } from "./completion.js";
import { hover } from "./hover.js";
import { Languages } from "./languages.js";
import { signature } from "./signature.js";
import "./style.css";

/** Editor help by the kernel, which knows the types of the whole notebook. */
export const language: JupyterFrontEndPlugin<void> = {
  id: "gradlab-app:language",
  description: "Completion, hover, signature help, problems, definitions and formatting from the kernel.",
  autoStart: true,
  requires: [INotebookTracker, IEditorExtensionRegistry, ICompletionProviderManager, IRenderMimeRegistry],
  optional: [ICommandPalette],
  activate: (
    app,
    tracker: INotebookTracker,
    editors: IEditorExtensionRegistry,
    completion: ICompletionProviderManager,
    rendermime: IRenderMimeRegistry,
    palette: ICommandPalette | null,
  ) => {
    const languages = new Languages(tracker);
    completion.registerProvider(new LanguageCompletion(languages));
    editors.addExtension({
      name: "gradlab:language",
      factory: ({ model }) =>
        EditorExtensionRegistry.createImmutableExtension([
          attach(languages, model),
          hover(languages, model, rendermime),
          signature(languages, model, rendermime),
          keymap.of(lintKeymap),
          clickToDefinition(languages, tracker),
        ]),
    });
    addCommands(app, languages, tracker, palette);
  },
};

/** Tells the notebook's language help which view shows a cell. */
function attach(languages: Languages, model: CodeEditor.IModel): ViewPlugin<{ destroy(): void }> {
  return ViewPlugin.define((view) => {
    // The view is not whole yet.
    setTimeout(() => languages.attach(model, view));
    return { destroy: () => languages.detach(model) };
  });
}

/** Ctrl or Cmd with a click, as editors have it. */
function clickToDefinition(
  languages: Languages,
  tracker: INotebookTracker,
): ReturnType<typeof EditorView.domEventHandlers> {
  return EditorView.domEventHandlers({
    mouseup: (event) => {
      if (!(event.ctrlKey || event.metaKey) || event.button !== 0) return;
      setTimeout(() => {
        const cell = tracker.activeCell;
        if (cell !== null) void goToDefinition(languages, tracker, cell);
      });
    },
  });
}
