import type { EditorView } from "@codemirror/view";
import type { CodeEditor } from "@jupyterlab/codeeditor";
import type { INotebookTracker, NotebookPanel } from "@jupyterlab/notebook";
import { NotebookLanguage } from "./notebook-language.js";

/** The open notebooks' language help, and which of them a cell belongs to. */
export class Languages {
  readonly #all = new Set<NotebookLanguage>();
  /** Editors made before their notebook was known. */
  readonly #early = new Map<CodeEditor.IModel, EditorView>();

  constructor(tracker: INotebookTracker) {
    tracker.forEach((panel) => this.#add(panel));
    tracker.widgetAdded.connect((_, panel) => this.#add(panel));
  }

  of(model: CodeEditor.IModel): NotebookLanguage | undefined {
    for (const language of this.#all) if (language.owns(model)) return language;
    return undefined;
  }

  ofPanel(panel: unknown): NotebookLanguage | undefined {
    for (const language of this.#all) if (language.panel === panel) return language;
    return undefined;
  }

  attach(model: CodeEditor.IModel, view: EditorView): void {
    const language = this.of(model);
    if (language === undefined) this.#early.set(model, view);
    else language.attach(model, view);
  }

  detach(model: CodeEditor.IModel): void {
    this.#early.delete(model);
    for (const language of this.#all) language.detach(model);
  }

  #add(panel: NotebookPanel): void {
    void panel.context.ready.then(() => {
      if (panel.isDisposed) return;
      const language = new NotebookLanguage(panel);
      this.#all.add(language);
      panel.disposed.connect(() => this.#all.delete(language));
      for (const [model, view] of this.#early) {
        if (!language.owns(model)) continue;
        this.#early.delete(model);
        language.attach(model, view);
      }
    });
  }
}
