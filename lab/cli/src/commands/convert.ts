import { mkdirSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { KernelError } from "gradlab-kernel";
import { notebookToHtml, notebookToScript, scriptExtension } from "gradlab-lab-server";
import { readNotebook } from "../notebook/index.js";

/** `gradlab convert NOTEBOOK --to html|script [--output FILE]`. */
export function convertCommand(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: { to: { type: "string" }, output: { type: "string", short: "o" } },
  });
  const [path, ...more] = positionals;
  if (path === undefined || more.length > 0)
    throw new KernelError("E_USAGE", "Name one notebook to convert.");
  const { to } = values;
  if (to !== "html" && to !== "script") {
    throw new KernelError("E_USAGE", "Say what to convert to.", { hint: "Add --to html or --to script." });
  }
  const notebook = readNotebook(path);
  const name = basename(path).replace(/\.ipynb$/, "");
  const text = to === "html" ? notebookToHtml(notebook, name) : notebookToScript(notebook);
  const ending = to === "html" ? ".html" : scriptExtension(notebook);
  const output = resolve(values.output ?? join(dirname(path), `${name}${ending}`));
  mkdirSync(dirname(output), { recursive: true });
  writeFileSync(output, text);
  console.log(`Written to ${output}`);
  return Promise.resolve(0);
}
