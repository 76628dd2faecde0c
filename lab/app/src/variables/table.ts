import { button, element } from "../panel/index.js";
import type { Variable } from "./ask.js";

export type Column = "name" | "type";

export interface TableOptions {
  readonly column: Column;
  readonly direction: 1 | -1;
  readonly opened: ReadonlyMap<string, HTMLElement>;
  readonly onSort: (column: Column) => void;
  readonly onOpen: (name: string) => void;
}

/** Name, type and value of each variable; below those that are opened, the whole value. */
export function variableTable(variables: readonly Variable[], options: TableOptions): HTMLTableElement {
  const table = element("table");
  const head = table.createTHead().insertRow();
  head.append(header("Name", "name", options), header("Type", "type", options), element("th", "", "Value"));
  head.cells[2]!.scope = "col";
  const body = table.createTBody();
  for (const variable of variables) {
    const { name, type, value } = variable;
    const full = options.opened.get(name);
    const open = button(name, () => options.onOpen(name), "gradlab-link gradlab-Variables-name");
    open.dataset["focus"] = `open ${name}`;
    open.setAttribute("aria-expanded", String(full !== undefined));
    const row = body.insertRow();
    const cell = element("td", "gradlab-Variables-value", value);
    cell.title = value;
    row.append(element("td", "", open), element("td", "gradlab-Variables-type", type), cell);
    if (full === undefined) continue;
    const wide = body.insertRow().insertCell();
    wide.colSpan = 3;
    wide.append(full);
  }
  return table;
}

function header(label: string, column: Column, options: TableOptions): HTMLTableCellElement {
  const cell = element("th");
  cell.scope = "col";
  const direction = options.column === column ? options.direction : 0;
  if (direction !== 0) cell.setAttribute("aria-sort", direction > 0 ? "ascending" : "descending");
  const mark = direction === 0 ? "" : direction > 0 ? " ▲" : " ▼";
  const sort = button(label + mark, () => options.onSort(column), "gradlab-Variables-sort");
  sort.dataset["focus"] = `sort ${column}`;
  cell.append(sort);
  return cell;
}
