/** `name?` or `?name` asks what a name is, two marks ask for its source as well. */
export interface Help {
  readonly name: string;
  readonly withSource: boolean;
}

export interface AskedCell {
  /** The cell without the question. */
  readonly code: string;
  readonly help?: Help;
}

const PATH = String.raw`#?[\p{ID_Start}$_][\p{ID_Continue}$]*(?:\??\.#?[\p{ID_Start}$_][\p{ID_Continue}$]*)*`;
const BEHIND = new RegExp(String.raw`^\s*(${PATH})\s*(\?\??)\s*;?\s*$`, "u");
const BEFORE = new RegExp(String.raw`^\s*(\?\??)\s*(${PATH})\s*;?\s*$`, "u");

/**
 * Takes IPython's question from the last line of a cell. It is no TypeScript there: a conditional expression would
 * go on.
 *
 * @example splitHelp("const a = 1\na?") // { code: "const a = 1\n", help: { name: "a", withSource: false } }
 */
export function splitHelp(code: string): AskedCell {
  const trimmed = code.trimEnd();
  const at = trimmed.lastIndexOf("\n") + 1;
  const line = trimmed.slice(at);
  const behind = BEHIND.exec(line);
  const before = BEFORE.exec(line);
  const name = behind?.[1] ?? before?.[2];
  const marks = behind?.[2] ?? before?.[1];
  if (name === undefined || marks === undefined) return { code };
  return { code: trimmed.slice(0, at), help: { name, withSource: marks === "??" } };
}
