import { inspect } from "node:util";
import type { MimeBundle } from "../link/index.js";
import { formatValue as format } from "../values/index.js";
import { reportError } from "./error-report.js";
import { isError } from "./safely.js";
import { showNote } from "./uncaught.js";

/** Value → MIME bundle; an error with its lines of the cell, like one that is thrown. */
export async function formatValue(value: unknown): Promise<MimeBundle> {
  if (isError(value) && !hasDisplay(value)) return { "text/plain": reportError(value).traceback.join("\n") };
  return format(value, (error) =>
    showNote(`This value's display failed; it is shown as text. ${told(error)}`),
  );
}

function hasDisplay(value: object): boolean {
  return (
    Symbol.for("gradlab.display") in value ||
    Symbol.for("Jupyter.display") in value ||
    inspect.custom in value
  );
}

function told(error: unknown): string {
  return reportError(error).traceback.join("\n");
}
