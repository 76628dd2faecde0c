import type { EditorView } from "@codemirror/view";
import type { CodeEditor } from "@jupyterlab/codeeditor";
import type { ICellModel } from "@jupyterlab/cells";
import type { NotebookPanel } from "@jupyterlab/notebook";
import { LanguageClient } from "./client.js";
import { offsetOf, positionOf } from "./offsets.js";
import type { Answers, CellDiagnostic, CellText } from "./protocol.js";
import { showDiagnostics } from "./diagnostics.js";

const DEBOUNCE_MS = 400;

/** The language help of one open notebook: its kernel's client, its cells, their problems. */
export class NotebookLanguage {
  readonly panel: NotebookPanel;
  readonly #views = new Map<CodeEditor.IModel, EditorView>();
  readonly #diagnostics = new Map<string, readonly CellDiagnostic[]>();
  #client: LanguageClient | undefined;
  #timer: number | undefined;
  #round = 0;
  /** What was last asked about. A running cell changes the model many times a second, and none of the text. */
  #checked = "";

  constructor(panel: NotebookPanel) {
    this.panel = panel;
    panel.sessionContext.kernelChanged.connect(this.#onKernel, this);
    panel.content.modelContentChanged.connect(this.#check, this);
    panel.disposed.connect(this.#dispose, this);
    this.#onKernel();
    this.#check();
  }

  get client(): LanguageClient | undefined {
    return this.#client;
  }

  /** The model is one of this notebook's code cells. */
  owns(model: CodeEditor.IModel): boolean {
    return this.#cellOf(model) !== undefined;
  }

  attach(model: CodeEditor.IModel, view: EditorView): void {
    this.#views.set(model, view);
    const cell = this.#cellOf(model);
    if (cell !== undefined) showDiagnostics(view, this.#diagnostics.get(cell.id) ?? []);
  }

  detach(model: CodeEditor.IModel): void {
    this.#views.delete(model);
  }

  /** Asks about a place in a cell; undefined where the kernel has nothing to say or was replaced. */
  async ask<M extends "hover" | "signatureHelp" | "completion" | "definition">(
    method: M,
    model: CodeEditor.IModel,
    offset: number,
    more: object = {},
  ): Promise<Answers[M] | undefined> {
    const cell = this.#cellOf(model);
    if (cell === undefined || this.#client === undefined) return undefined;
    const position = positionOf(model.sharedModel.getSource(), offset);
    return await this.#quietly(
      this.#client.request(method, { cells: this.#cells(), cell: cell.id, position, ...more }),
    );
  }

  /** The edits that format a cell, as changes of its text from last to first. */
  async format(
    model: CodeEditor.IModel,
    tabSize: number,
  ): Promise<{ from: number; to: number; insert: string }[]> {
    const cell = this.#cellOf(model);
    if (cell === undefined || this.#client === undefined) return [];
    const options = { tabSize, insertSpaces: true };
    const text = model.sharedModel.getSource();
    const answer = await this.#quietly(
      this.#client.request("format", { cells: this.#cells(), cell: cell.id, options }),
    );
    if (model.sharedModel.getSource() !== text) return [];
    return (answer?.edits ?? []).map(({ range, newText }) => ({
      from: offsetOf(text, range.start),
      to: offsetOf(text, range.end),
      insert: newText,
    }));
  }

  #cellOf(model: CodeEditor.IModel): ICellModel | undefined {
    const cells = this.panel.content.model?.cells;
    if (cells === undefined) return undefined;
    for (const cell of cells) if (cell === model && cell.type === "code") return cell;
    return undefined;
  }

  #cells(): CellText[] {
    const cells = [...(this.panel.content.model?.cells ?? [])];
    return cells
      .filter(({ type }) => type === "code")
      .map((cell) => ({ id: cell.id, text: cell.sharedModel.getSource() }));
  }

  #onKernel(): void {
    this.#client?.dispose();
    this.#client = undefined;
    const kernel = this.panel.sessionContext.session?.kernel;
    if (!kernel) return;
    this.#client = new LanguageClient(kernel);
    this.#client.changed.connect(this.#checkAnew, this);
    this.#client.open().catch(() => undefined);
  }

  /** The kernel knows something new: the same text may have other problems. */
  #checkAnew(): void {
    this.#checked = "";
    this.#check();
  }

  /** The problems of all cells, once the typing rests. */
  #check(): void {
    window.clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => void this.#checkNow(), DEBOUNCE_MS);
  }

  async #checkNow(): Promise<void> {
    if (this.#client?.hello === undefined || this.panel.isDisposed) return;
    const cells = this.#cells();
    const text = JSON.stringify(cells);
    if (text === this.#checked) return;
    this.#checked = text;
    const round = ++this.#round;
    const answer = await this.#quietly(this.#client.request("diagnostics", { cells }));
    if (round !== this.#round) return;
    if (answer === undefined) {
      this.#checked = ""; // not told: the next change asks again
      return;
    }
    const asked = new Map(cells.map(({ id, text }) => [id, text]));
    for (const { id, diagnostics } of answer.cells) this.#diagnostics.set(id, diagnostics);
    for (const [model, view] of this.#views) {
      const cell = this.#cellOf(model);
      // A cell that was typed in meanwhile is asked about again; old places would lie.
      if (cell !== undefined && asked.get(cell.id) === view.state.doc.toString()) {
        showDiagnostics(view, this.#diagnostics.get(cell.id) ?? []);
      }
    }
  }

  /** Editor help is no reason to bother anyone: what fails is absent. */
  async #quietly<T>(request: Promise<T>): Promise<T | undefined> {
    try {
      return await request;
    } catch {
      return undefined;
    }
  }

  #dispose(): void {
    window.clearTimeout(this.#timer);
    this.#client?.dispose();
    this.#client = undefined;
  }
}
