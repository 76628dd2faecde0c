import { randomUUID } from "node:crypto";
import { KernelError } from "gradlab-kernel";
import type { Cell, Notebook } from "gradlab-lab-server/notebook";

/** Name → value, put into the notebook as variables. */
export type Parameters = Readonly<Record<string, unknown>>;

const NAME = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u;

/** `epochs=3`, `name=gpt2`, `flags=[1,2]`: JSON where it is JSON, text otherwise. */
export function parseParameters(entries: readonly string[]): Parameters {
  const found: Record<string, unknown> = {};
  for (const entry of entries) {
    const at = entry.indexOf("=");
    const name = entry.slice(0, at).trim();
    if (at < 0 || !NAME.test(name)) {
      throw new KernelError("E_USAGE", `"${entry}" is not a parameter.`, {
        hint: "Write --parameters name=value.",
      });
    }
    found[name] = parseValue(entry.slice(at + 1));
  }
  return found;
}

function parseValue(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Adds a cell with the parameters behind the one tagged `parameters`, or before all others. */
export function injectParameters(notebook: Notebook, parameters: Parameters): Notebook {
  const names = Object.keys(parameters);
  if (names.length === 0) return notebook;
  const cell: Cell = {
    id: randomUUID().slice(0, 8),
    cell_type: "code",
    metadata: { tags: ["injected-parameters"] },
    source: names.map((name) => `let ${name} = ${JSON.stringify(parameters[name])};`).join("\n"),
    execution_count: null,
    outputs: [],
  };
  const cells = notebook.cells.filter((other) => !hasTag(other, "injected-parameters"));
  cells.splice(cells.findIndex((other) => hasTag(other, "parameters")) + 1, 0, cell);
  return { ...notebook, cells };
}

export function hasTag(cell: Cell, tag: string): boolean {
  const tags = cell.metadata["tags"];
  return Array.isArray(tags) && tags.includes(tag);
}
