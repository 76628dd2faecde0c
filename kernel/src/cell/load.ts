import { register } from "node:module";
import { errorPlace, adoptPlace, cellNames } from "./stack.js";

let registered = false;

/**
 * Runs a cell's import. A failure gets the line of the import, which Node's loader does not know, and
 * says what to do. Files of the notebook's folder may be TypeScript, and are read anew after an edit.
 */
export function load(specifier: string, start: () => Promise<object>): Promise<object> {
  const site = new Error("import");
  if (/^(\.{0,2}\/|file:)/.test(specifier) && !registered) {
    registered = true;
    register("./typescript-hooks.js", import.meta.url);
  }
  return start().catch((error: unknown) => {
    if (error instanceof Error) explain(error, specifier, site);
    throw error;
  });
}

function explain(error: Error, specifier: string, site: Error): void {
  const place = errorPlace(site);
  if (place !== undefined && errorPlace(error) === undefined) adoptPlace(error, place);
  if ((error as NodeJS.ErrnoException).code !== "ERR_MODULE_NOT_FOUND") return;
  for (const [path, name] of cellNames()) error.message = error.message.replace(path, name);
  const name = specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
  const hint = /^[./]/.test(specifier)
    ? "Check the path; it is relative to the notebook's folder."
    : `Install it for the notebook: npm install ${name}`;
  Object.assign(error, { hint });
}
