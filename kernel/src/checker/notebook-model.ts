import { type CellModule, cellModule, type Owner } from "./cell-module.js";

/** The cells that ran, as modules, and which of them each current name belongs to. */
export class NotebookModel {
  readonly nodeTypes: string | undefined;
  readonly owners = new Map<string, Owner>();
  /** Files of cells, and those of the cells whose names each uses. */
  readonly #kept = new Map<string, ReadonlySet<string>>();

  constructor(nodeTypes: string | undefined) {
    this.nodeTypes = nodeTypes;
  }

  /** The module of `code` after the cells that ran; `everything` brings every name into scope. */
  module(code: string, everything: boolean): CellModule {
    return cellModule(code, this.owners, this.nodeTypes, everything);
  }

  /** A cell was run: its names are the current ones. Returns the files that nothing needs any more. */
  keep(file: string, { uses, declares }: CellModule): string[] {
    this.#kept.set(file, uses);
    for (const declared of declares.values()) this.owners.set(declared.name, { file, declared });
    const needed = new Set<string>();
    const visit = (name: string): void => {
      if (needed.has(name)) return;
      needed.add(name);
      for (const used of this.#kept.get(name) ?? []) visit(used);
    };
    for (const { file: owner } of this.owners.values()) visit(owner);
    const gone = [...this.#kept.keys()].filter((kept) => !needed.has(kept));
    for (const old of gone) this.#kept.delete(old);
    return gone;
  }

  /** All variables are gone. Returns the files of all cells. */
  clear(): string[] {
    const files = [...this.#kept.keys()];
    this.#kept.clear();
    this.owners.clear();
    return files;
  }
}
