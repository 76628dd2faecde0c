import { parseTypeScript } from "../session/index.js";

/** A top-level name of a cell: a value, a type or both. */
export interface Declared {
  readonly name: string;
  readonly kind: "let" | "fixed";
  readonly exported: boolean;
  /** What completion calls it: the server takes what other cells declare for variables. */
  readonly what?: string;
}

const HEAD =
  /^\s*(?:export\s+)?(?:declare\s+)?(?:async\s+)?(?:abstract\s+)?(?:const|let|var|function\*?|class|interface|type|enum|namespace)\s+([\p{ID_Start}$_][\p{ID_Continue}$]*)/gmu;

let latest: { readonly code: string; readonly names: ReadonlyMap<string, Declared> } | undefined;

/** The top-level names of a cell by name; guessed from its lines while it cannot be parsed. */
export function declaredNames(code: string): ReadonlyMap<string, Declared> {
  // a cell is asked about several times on its way
  if (latest?.code !== code) latest = { code, names: readNames(code) };
  return latest.names;
}

function readNames(code: string): Map<string, Declared> {
  const found = new Map<string, Declared>();
  const add = (name: string, kind: Declared["kind"], exported: boolean, what = "variable"): void => {
    found.set(name, { name, kind, exported: exported || found.get(name)?.exported === true, what });
  };
  const body = parseTypeScript(code.replace(/^#!/, "//"));
  if (body === undefined) {
    for (const match of code.matchAll(HEAD)) add(match[1] ?? "", "fixed", false);
    return found;
  }
  for (const { names, kind, exported, what } of body)
    for (const name of names) add(name, kind, exported, what);
  return found;
}
