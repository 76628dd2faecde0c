import { splitMagics } from "../magics/index.js";
import { loadOxc } from "../compile/index.js";

export interface Completeness {
  readonly status: "complete" | "incomplete" | "invalid";
  readonly indent: string;
}

/** Messages with which oxc says that the text ended too early, wherever it points. */
const OPEN =
  /^Unterminated (string|multiline comment|template|regular expression)|Expected `.*` but found `EOF`/;

/** Whether the text can run, needs more lines, or is wrong however it goes on (protocol: is_complete). */
export function checkComplete(code: string): Completeness {
  const { plain: source, fault: magicFault } = splitMagics(code);
  if (magicFault !== undefined) return { status: "invalid", indent: "" };
  const { transformer } = loadOxc();
  const result = transformer.transformSync("cell.ts", source, { lang: "ts", sourceType: "module" });
  const fault = result.errors[0];
  if (fault === undefined) return { status: "complete", indent: "" };
  const end = source.trimEnd().length;
  const at = fault.labels[0]?.start ?? 0;
  const label = fault.labels[0]?.end ?? 0;
  if (OPEN.test(fault.message)) {
    // a quoted string cannot go on in the next line; a template can
    if (fault.message === "Unterminated string" && source[at] !== "`")
      return { status: "invalid", indent: "" };
    return { status: "incomplete", indent: indentOf(source) };
  }
  const atEnd = Math.max(at, label) >= end && at >= end;
  return atEnd ? { status: "incomplete", indent: indentOf(source) } : { status: "invalid", indent: "" };
}

function indentOf(source: string): string {
  const last = source.split("\n").at(-1) ?? "";
  const own = /^\s*/.exec(last)?.[0] ?? "";
  return /[{([]\s*$/.test(last) ? `${own}  ` : own;
}
