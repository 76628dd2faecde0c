import type { IRenderMime } from "@jupyterlab/rendermime-interfaces";
import { Widget } from "@lumino/widgets";
import { cellText, readResource, type Resource, type Row, sortRows } from "./resource.js";
import "./style.css";

const PAGE = 20;

/** A table of one page: headers are buttons that sort, the foot turns pages. */
export class TableWidget extends Widget implements IRenderMime.IRenderer {
  readonly #mimeType: string;
  #resource: Resource | undefined;
  #sort: { readonly name: string; readonly direction: 1 | -1 } | undefined;
  #page = 0;

  constructor({ mimeType }: IRenderMime.IRendererOptions) {
    super();
    this.#mimeType = mimeType;
    this.addClass("gradlab-Table");
  }

  async renderModel(model: IRenderMime.IMimeModel): Promise<void> {
    this.#resource = readResource(model.data[this.#mimeType]);
    this.#page = 0;
    this.#draw();
    await Promise.resolve();
  }

  #draw(focus?: string): void {
    if (this.#resource === undefined) {
      this.node.textContent = "This output says it is a table but holds none.";
      return;
    }
    const { rows, title } = this.#resource;
    const sorted = this.#sort === undefined ? rows : sortRows(rows, this.#sort.name, this.#sort.direction);
    const shown = sorted.slice(this.#page * PAGE, (this.#page + 1) * PAGE);
    const scroll = element("div", "gradlab-Table-scroll");
    // A region that scrolls must be reachable by keyboard.
    scroll.tabIndex = 0;
    scroll.setAttribute("role", "region");
    scroll.setAttribute("aria-label", title === "" ? "table" : title);
    scroll.append(this.#table(shown));
    this.node.replaceChildren(scroll, this.#foot());
    if (focus !== undefined)
      this.node.querySelector<HTMLElement>(`[data-focus="${CSS.escape(focus)}"]`)?.focus();
  }

  #table(rows: readonly Row[]): HTMLTableElement {
    const { fields, title } = this.#resource!;
    const table = element("table");
    if (title !== "") table.append(element("caption", "", title));
    const head = table.createTHead().insertRow();
    for (const { name, numeric } of fields) head.append(this.#header(name, numeric));
    const body = table.createTBody();
    for (const row of rows) {
      const line = body.insertRow();
      for (const { name, numeric } of fields) {
        const text = cellText(row[name]);
        const cell = element("td", numeric ? "gradlab-Table-number" : "", text);
        if (text.length > 60) cell.title = text;
        line.append(cell);
      }
    }
    return table;
  }

  #header(name: string, numeric: boolean): HTMLTableCellElement {
    const cell = element("th", numeric ? "gradlab-Table-number" : "");
    cell.scope = "col";
    const direction = this.#sort?.name === name ? this.#sort.direction : 0;
    if (direction !== 0) cell.setAttribute("aria-sort", direction > 0 ? "ascending" : "descending");
    const mark = direction === 0 ? "" : direction > 0 ? " ▲" : " ▼";
    const button = element("button", "", name + mark);
    button.type = "button";
    button.dataset["focus"] = `sort ${name}`;
    button.addEventListener("click", () => this.#sortBy(name));
    cell.append(button);
    return cell;
  }

  /** Up, down, as it came. */
  #sortBy(name: string): void {
    const before = this.#sort?.name === name ? this.#sort.direction : 0;
    this.#sort = before === 0 ? { name, direction: 1 } : before === 1 ? { name, direction: -1 } : undefined;
    this.#page = 0;
    this.#draw(`sort ${name}`);
  }

  #foot(): HTMLElement {
    const { rows, total } = this.#resource!;
    const foot = element("div", "gradlab-Table-foot");
    const pages = Math.max(1, Math.ceil(rows.length / PAGE));
    const cut = total > rows.length ? `, the first ${cellText(rows.length)} of them here` : "";
    const first = rows.length === 0 ? 0 : this.#page * PAGE + 1;
    const last = Math.min(rows.length, (this.#page + 1) * PAGE);
    const range = pages > 1 ? `${cellText(first)}–${cellText(last)} of ` : "";
    const text = element("span", "", `${range}${cellText(total)} ${total === 1 ? "row" : "rows"}${cut}`);
    text.setAttribute("aria-live", "polite");
    if (pages === 1) foot.append(text);
    else
      foot.append(this.#turn("‹", "previous page", -1, pages), text, this.#turn("›", "next page", 1, pages));
    return foot;
  }

  #turn(sign: string, label: string, step: number, pages: number): HTMLButtonElement {
    const button = element("button", "jp-Button", sign);
    button.type = "button";
    button.setAttribute("aria-label", label);
    button.dataset["focus"] = label;
    const next = this.#page + step;
    button.disabled = next < 0 || next >= pages;
    button.addEventListener("click", () => {
      this.#page = next;
      this.#draw(label);
    });
    return button;
  }
}

function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  className = "",
  text = "",
): HTMLElementTagNameMap[K] {
  const node = document.createElement(tag);
  if (className !== "") node.className = className;
  if (text !== "") node.textContent = text;
  return node;
}
