import { isObject, text } from "../http/index.js";
import type { Notebook } from "../notebook/index.js";

/** The ending of a notebook's script: `.ts` unless its language has another. */
export function scriptExtension(notebook: Notebook): string {
  const language = notebook.metadata["language_info"];
  const extension = isObject(language) ? text(language["file_extension"]) : "";
  return /^\.[a-z0-9]{1,8}$/i.test(extension) ? extension : ".ts";
}

/** The code cells in order, text as comments, cells marked by `%%` as editors know them. */
export function notebookToScript(notebook: Notebook): string {
  const comment = [".py", ".jl", ".r", ".R", ".sh"].includes(scriptExtension(notebook)) ? "#" : "//";
  const cells = notebook.cells.map((cell) => {
    if (cell.cell_type === "code") return `${comment} %%\n${cell.source}`;
    const lines = cell.source.split("\n").map((line) => `${comment} ${line}`.trimEnd());
    return `${comment} %% [${cell.cell_type}]\n${lines.join("\n")}`;
  });
  return `${cells.join("\n\n")}\n`;
}
