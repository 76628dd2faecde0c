import { type CellPlace, sourceLines } from "../cell/index.js";
import type { ErrorReport } from "../link/index.js";
import type { SyntaxFault } from "./transform.js";

/** What the front end shows for a cell that cannot be parsed: the line and a caret. */
export function syntaxReport(name: string, source: string, fault: SyntaxFault): ErrorReport {
  const before = source.slice(0, fault.start);
  const line = before.split("\n").length;
  const place: CellPlace = { cell: name, source, line, column: fault.start - before.lastIndexOf("\n") };
  const traceback = [`SyntaxError: ${fault.message}`];
  if (fault.help !== null) traceback.push(`  hint: ${fault.help}`);
  traceback.push("", ...sourceLines(place));
  return { ename: "SyntaxError", evalue: fault.message, traceback };
}
