import { declaredNames, type Declared } from "./declared.js";
import { NAMES_FILE, redirectOwnModules } from "./ambient.js";

/** Lines that stand before the user's own in a cell's module. */
export const PRELUDE_LINES = 3;

interface Kept {
  readonly file: string;
  /** Files of the cells whose names this one uses. */
  readonly uses: ReadonlySet<string>;
}

interface Owner {
  readonly file: string;
  readonly declared: Declared;
}

export interface CellModule {
  readonly text: string;
  readonly uses: ReadonlySet<string>;
}

/**
 * The notebook as modules: one a cell. Each imports what it uses from the last cell that declared it
 * and exports all its top-level names, so that a name can be declared anew at any time.
 */
export class NotebookModel {
  readonly #nodeTypes: string | undefined;
  #owners = new Map<string, Owner>();
  #kept: Kept[] = [];

  constructor(nodeTypes: string | undefined) {
    this.#nodeTypes = nodeTypes;
  }

  /** The module of `code`; `everything` brings every earlier name into scope (for completion). */
  module(code: string, everything: boolean): CellModule {
    const own = declaredNames(code);
    const words = everything ? undefined : new Set(code.match(/[\p{ID_Start}$_][\p{ID_Continue}$]*/gu));
    const assigned = new Set([...code.matchAll(ASSIGNED)].map((match) => match[1] ?? match[2] ?? ""));
    const uses = new Set<string>();
    const prelude: string[] = [];
    for (const [name, { file, declared }] of this.#owners) {
      if (own.has(name) || (words !== undefined && !words.has(name))) continue;
      uses.add(file);
      const from = JSON.stringify(`./${file.replace(/\.ts$/, ".js")}`);
      // an import cannot be assigned to: a variable that the cell assigns is declared with its type
      if (declared.kind === "let" && assigned.has(name))
        prelude.push(`declare let ${name}: typeof import(${from}).${name};`);
      else prelude.push(`import { ${name} } from ${from};`);
    }
    const types =
      this.#nodeTypes === undefined ? "" : `/// <reference path=${JSON.stringify(this.#nodeTypes)} />`;
    const exported = [...own.values()].filter((one) => !one.exported).map((one) => one.name);
    const text = [
      types,
      `/// <reference path=${JSON.stringify(`./${NAMES_FILE}`)} />`,
      prelude.join(" "),
      redirectOwnModules(code),
      `export { ${exported.join(", ")} };`,
    ].join("\n");
    return { text, uses };
  }

  /** A cell was run: its names are the current ones. Returns the files that nothing needs any more. */
  keep(file: string, code: string, uses: ReadonlySet<string>): string[] {
    this.#kept.push({ file, uses });
    for (const declared of declaredNames(code).values()) this.#owners.set(declared.name, { file, declared });
    const needed = new Set<string>();
    const visit = (name: string): void => {
      if (needed.has(name)) return;
      needed.add(name);
      for (const used of this.#kept.find((kept) => kept.file === name)?.uses ?? []) visit(used);
    };
    for (const { file: owner } of this.#owners.values()) visit(owner);
    const gone = this.#kept.filter((kept) => !needed.has(kept.file)).map((kept) => kept.file);
    this.#kept = this.#kept.filter((kept) => needed.has(kept.file));
    return gone;
  }

  /** All variables are gone. Returns the files of all cells. */
  clear(): string[] {
    const files = this.#kept.map((kept) => kept.file);
    this.#kept = [];
    this.#owners = new Map();
    return files;
  }
}

/** `x = …`, `x += …`, `x++`, `++x` (not `==`, `=>`): a guess is enough, it only picks the kind of import. */
const ASSIGNED =
  /(?<![.\w$])([\p{ID_Start}$_][\p{ID_Continue}$]*)\s*(?:[-+*/%&|^]|\*\*|<<|>>>?|&&|\|\||\?\?)?(?:=(?![=>])|\+\+|--)|(?:\+\+|--)\s*([\p{ID_Start}$_][\p{ID_Continue}$]*)/gu;
