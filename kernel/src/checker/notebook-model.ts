import { type CellModule, cellModule, type Owner } from "./cell-module.js";

interface Kept {
  readonly file: string;
  /** Files of the cells whose names this one uses. */
  readonly uses: ReadonlySet<string>;
}

/** The cells that ran, as modules, and which of them each current name belongs to. */
export class NotebookModel {
  readonly nodeTypes: string | undefined;
  readonly owners = new Map<string, Owner>();
  #kept: Kept[] = [];

  constructor(nodeTypes: string | undefined) {
    this.nodeTypes = nodeTypes;
  }

  /** The module of `code` after the cells that ran; `everything` brings every name into scope. */
  module(code: string, everything: boolean): CellModule {
    return cellModule(code, this.owners, this.nodeTypes, everything);
  }

  /** A cell was run: its names are the current ones. Returns the files that nothing needs any more. */
  keep(file: string, { uses, declares }: CellModule): string[] {
    this.#kept.push({ file, uses });
    for (const declared of declares.values()) this.owners.set(declared.name, { file, declared });
    const needed = new Set<string>();
    const visit = (name: string): void => {
      if (needed.has(name)) return;
      needed.add(name);
      for (const used of this.#kept.find((kept) => kept.file === name)?.uses ?? []) visit(used);
    };
    for (const { file: owner } of this.owners.values()) visit(owner);
    const gone = this.#kept.filter((kept) => !needed.has(kept.file)).map((kept) => kept.file);
    this.#kept = this.#kept.filter((kept) => needed.has(kept.file));
    return gone;
  }

  /** All variables are gone. Returns the files of all cells. */
  clear(): string[] {
    const files = this.#kept.map((kept) => kept.file);
    this.#kept = [];
    this.owners.clear();
    return files;
  }
}
