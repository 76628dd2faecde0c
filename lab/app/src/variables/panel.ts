import type { INotebookTracker } from "@jupyterlab/notebook";
import type { IRenderMimeRegistry } from "@jupyterlab/rendermime";
import { listIcon } from "@jupyterlab/ui-components";
import type { Message } from "@lumino/messaging";
import { Widget } from "@lumino/widgets";
import { element, SidePanel } from "../panel/index.js";
import { askValue, askVariables, type Variable } from "./ask.js";
import { type Column, variableTable } from "./table.js";
import { Watch } from "./watch.js";

/** The side panel with the variables of the notebook in front. The kernel is asked only while it is visible. */
export class VariablesPanel extends SidePanel {
  readonly #rendermime: IRenderMimeRegistry;
  readonly #watch: Watch;
  readonly #filter = element("input", "gradlab-Variables-filter");
  readonly #body = element("div", "gradlab-Variables-body");
  /** Names that are opened, with what shows their values. */
  readonly #opened = new Map<string, HTMLElement>();
  #variables: readonly Variable[] = [];
  #sort: { readonly column: Column; readonly direction: 1 | -1 } = { column: "name", direction: 1 };
  #note = "";
  #round = 0;

  constructor(tracker: INotebookTracker, rendermime: IRenderMimeRegistry) {
    super("Variables", listIcon);
    this.#rendermime = rendermime;
    this.#filter.type = "search";
    this.#filter.placeholder = "Filter by name or type";
    this.#filter.setAttribute("aria-label", "Filter variables");
    this.#filter.addEventListener("input", () => this.#draw());
    this.#body.addEventListener("keydown", (event) => this.#move(event));
    this.node.append(element("h2", "", "Variables"), this.#filter, this.#body);
    this.#watch = new Watch(tracker, () => void this.refresh());
  }

  protected override onAfterShow(message: Message): void {
    super.onAfterShow(message);
    void this.refresh();
  }

  /** Asks the kernel again, if anyone would see it and no cell runs. */
  async refresh(): Promise<void> {
    if (!this.isVisible) return;
    const { kernel } = this.#watch;
    if (this.#watch.isRunning && this.#variables.length > 0) return;
    const round = ++this.#round;
    let [variables, note]: [readonly Variable[], string] = [[], ""];
    if (kernel === null) note = "No notebook with a kernel is in front.";
    else if (this.#watch.isRunning) note = "A cell runs. The variables show when it has ended.";
    else {
      try {
        variables = await askVariables(kernel);
        if (variables.length === 0) note = "There are no variables yet: run a cell that declares some.";
      } catch (error) {
        note = error instanceof Error ? error.message : String(error);
      }
    }
    if (round !== this.#round) return; // another notebook came to the front, or another cell ended
    [this.#variables, this.#note] = [variables, note];
    for (const name of [...this.#opened.keys()]) {
      if (variables.some((variable) => variable.name === name)) void this.#show(name);
      else this.#opened.delete(name);
    }
    this.#draw();
  }

  #draw(): void {
    const focused = this.#body.contains(document.activeElement)
      ? (document.activeElement as HTMLElement).dataset["focus"]
      : undefined;
    const shown = this.#shown();
    const note =
      this.#note !== "" ? this.#note : shown.length === 0 ? "No variable has this in its name or type." : "";
    if (note !== "") {
      const said = element("p", "gradlab-Variables-note", note);
      said.setAttribute("role", "status");
      this.#body.replaceChildren(said);
      return;
    }
    const table = variableTable(shown, {
      ...this.#sort,
      opened: this.#opened,
      onSort: (column) => this.#sortBy(column),
      onOpen: (name) => this.#toggle(name),
    });
    this.#body.replaceChildren(table);
    if (focused !== undefined)
      this.#body.querySelector<HTMLElement>(`[data-focus="${CSS.escape(focused)}"]`)?.focus();
  }

  #shown(): Variable[] {
    const wanted = this.#filter.value.trim().toLowerCase();
    const { column, direction } = this.#sort;
    return this.#variables
      .filter(({ name, type }) => `${name}\n${type}`.toLowerCase().includes(wanted))
      .sort((a, b) => direction * a[column].localeCompare(b[column]) || a.name.localeCompare(b.name));
  }

  #sortBy(column: Column): void {
    const direction = this.#sort.column === column && this.#sort.direction === 1 ? -1 : 1;
    this.#sort = { column, direction };
    this.#draw();
  }

  #toggle(name: string): void {
    if (!this.#opened.delete(name)) {
      this.#opened.set(name, element("div", "gradlab-Variables-full", "…"));
      void this.#show(name);
    }
    this.#draw();
  }

  /** The whole value as a cell would show it, with the renderers that need no trust. */
  async #show(name: string): Promise<void> {
    const place = this.#opened.get(name);
    const { kernel } = this.#watch;
    if (place === undefined || kernel === null) return;
    try {
      const data = await askValue(kernel, name);
      const mimeType = this.#rendermime.preferredMimeType(data, "any");
      if (mimeType === undefined) throw new Error("There is nothing here that can show this value.");
      const renderer = this.#rendermime.createRenderer(mimeType);
      await renderer.renderModel(this.#rendermime.createModel({ data, trusted: false }));
      place.replaceChildren();
      Widget.attach(renderer, place);
    } catch (error) {
      place.textContent = error instanceof Error ? error.message : String(error);
    }
  }

  /** Arrow keys go from name to name. */
  #move(event: KeyboardEvent): void {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    const names = [...this.#body.querySelectorAll<HTMLElement>(".gradlab-Variables-name")];
    const at = names.indexOf(event.target as HTMLElement);
    if (step === 0 || at < 0) return;
    event.preventDefault();
    names[at + step]?.focus();
  }
}
