import { type CellPlace, lineAndColumn, sourceLines } from "../cell/index.js";
import type { ErrorReport } from "../link/index.js";
import type { SyntaxFault } from "../compile/index.js";

/** What the front end shows for a cell that cannot be parsed: the line and a caret. */
export function syntaxReport(name: string, source: string, fault: SyntaxFault): ErrorReport {
  const place: CellPlace = { cell: name, source, ...lineAndColumn(source, fault.start) };
  const traceback = [`SyntaxError: ${fault.message}`];
  if (fault.help !== null) traceback.push(`  hint: ${fault.help}`);
  traceback.push("", ...sourceLines(place));
  return { ename: "SyntaxError", evalue: fault.message, traceback };
}
