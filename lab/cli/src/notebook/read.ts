import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { KernelError } from "gradlab-kernel";
import { type Cell, type Notebook, parseNotebook } from "gradlab-lab-server/notebook";

const ID = /^[A-Za-z0-9_-]{1,64}$/;

/** Reads an .ipynb file of nbformat 4; throws what is wrong with it, and where. */
export function readNotebook(path: string): Notebook {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    const sentence = code === "ENOENT" ? "There is no such notebook." : `It cannot be read (${code}).`;
    throw new KernelError("E_NOTEBOOK", sentence, { where: path, cause });
  }
  return parseNotebook(text, path);
}

/** The notebook before its first run: no outputs, for they are about to be made anew; every cell with an id. */
export function cleared(notebook: Notebook): Notebook {
  const seen = new Set<string>();
  const cells = notebook.cells.map((cell): Cell => {
    const named = cell.id !== undefined && ID.test(cell.id) && !seen.has(cell.id);
    const id = named ? cell.id! : randomUUID().slice(0, 8);
    seen.add(id);
    return cell.cell_type === "code" ? { ...cell, id, outputs: [], execution_count: null } : { ...cell, id };
  });
  return { ...notebook, nbformat_minor: 5, cells };
}
