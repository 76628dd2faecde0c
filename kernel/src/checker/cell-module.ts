import { isJsx } from "../compile/index.js";
import { NAMES_FILE, redirectOwnModules } from "./ambient.js";
import { SLOTS_FILE, spaceOf } from "./cell-slots.js";
import { declaredNames, type Declared } from "./declared.js";

/** Lines that stand before the user's own in a cell's module. */
export const PRELUDE_LINES = 3;

/** The cell that declared a name last. */
export interface Owner {
  readonly file: string;
  readonly declared: Declared;
}

export interface CellModule {
  readonly text: string;
  /** The cell's own part of it, as long as the cell. */
  readonly body: string;
  readonly uses: ReadonlySet<string>;
  readonly declares: ReadonlyMap<string, Declared>;
}

/**
 * A cell as a module: it imports what it uses from the last cell that declared it and exports all its
 * top-level names, so that a name can be declared anew at any time. With `everything` it imports every
 * earlier name (for completion).
 */
export function cellModule(
  code: string,
  owners: ReadonlyMap<string, Owner>,
  nodeTypes: string | undefined,
  everything: boolean,
): CellModule {
  const own = declaredNames(code);
  const words = everything ? undefined : new Set(code.match(/[\p{ID_Start}$_][\p{ID_Continue}$]*/gu));
  const assigned = new Set([...code.matchAll(ASSIGNED)].map((match) => match[1] ?? match[2] ?? ""));
  const uses = new Set<string>();
  const prelude: string[] = [];
  for (const [name, { file, declared }] of owners) {
    if (own.has(name) || (words !== undefined && !words.has(name))) continue;
    // a notebook has many results, and each that is imported is a file more
    if (words === undefined && RESULT.test(name) && !code.includes("$")) continue;
    uses.add(file);
    prelude.push(bringIn(name, file, assigned.has(name) ? variableKind(declared) : undefined));
  }
  const exported = [...own.values()].filter((one) => !one.exported).map((one) => one.name);
  const body = redirectOwnModules(code).replace(/^\ufeff?#!/, (mark) => "/".repeat(mark.length));
  const text = [
    nodeTypes === undefined ? "" : `/// <reference path=${JSON.stringify(nodeTypes)} />`,
    `/// <reference path=${JSON.stringify(`./${NAMES_FILE}`)} />`,
    // the last semicolon is no import's: behind one of those the server completes only what goes on with it
    [importSpaces(uses), ...prelude, ";"].join(" "),
    body,
    `export { ${exported.join(", ")} };`,
  ].join("\n");
  return { text, body, uses, declares: own };
}

/** What an assigned name is declared as: an import cannot be assigned to, and errors are to speak of the constant. */
function variableKind({ kind, what }: Declared): "let" | "const" | undefined {
  if (kind === "let") return "let";
  return what === "constant" ? "const" : undefined;
}

/** Brings a name of another cell into scope, or declares a variable of its type. */
function bringIn(name: string, file: string, variable: "let" | "const" | undefined): string {
  const space = spaceOf(file);
  const from = JSON.stringify(`./${file.replace(/\.tsx?$/, ".js")}`);
  if (variable !== undefined)
    return `declare ${variable} ${name}: typeof ${space ?? `import(${from})`}.${name};`;
  return space === undefined ? `import { ${name} } from ${from};` : `import ${name} = ${space}.${name};`;
}

/** The same import in every cell, whatever it uses: the server sees a text that changed and no new program. */
function importSpaces(files: Iterable<string>): string {
  const spaces = [...files].map(spaceOf).filter((space) => space !== undefined);
  return `import { ${spaces.join(", ")} } from ${JSON.stringify(`./${SLOTS_FILE.replace(/\.ts$/, ".js")}`)};`;
}

/** How results are called: `$3`, and `$_` for the last. */
const RESULT = /^\$(?:\d+|_)$/;

/** `.tsx` where the cell has JSX: elsewhere `<T>x` is a type assertion. */
export const fileEnding = (code: string): ".ts" | ".tsx" => (isJsx(code) ? ".tsx" : ".ts");

/** `x = …`, `x += …`, `x++`, `++x` (not `==`, `=>`): a guess is enough, it only picks the kind of import. */
const ASSIGNED =
  /(?<![.\w$])([\p{ID_Start}$_][\p{ID_Continue}$]*)\s*(?:[-+*/%&|^]|\*\*|<<|>>>?|&&|\|\||\?\?)?(?:=(?![=>])|\+\+|--)|(?:\+\+|--)\s*([\p{ID_Start}$_][\p{ID_Continue}$]*)/gu;
