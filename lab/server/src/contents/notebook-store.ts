import { readFile } from "node:fs/promises";
import { type Located, PathLocks, writeAtomically } from "../root/index.js";
import { formatNotebook, type Notebook, parseNotebook } from "../notebook/index.js";
import type { Notary } from "../trust/index.js";
import { hashOf } from "./hash.js";

/** What else has a say when a notebook is read and saved: outputs that came while no page was there. */
export interface NotebookHooks {
  /** A front end is about to read the notebook. */
  beforeRead(path: string): Promise<void>;
  /** A front end saves the notebook: what is to be stored. */
  onSave(path: string, notebook: Notebook): Notebook;
  /** The hash to tell a front end, of a file whose content has `hash`. */
  hashFor(path: string, hash: string): string;
  /** A front end is given this state of the notebook. */
  onRead(path: string, notebook: Notebook): void;
}

export interface StoredNotebook {
  readonly notebook: Notebook;
  readonly hash: string;
}

/** Reads, writes and signs notebooks, one writer of a path at a time. */
export class NotebookStore {
  readonly locks = new PathLocks();
  readonly notary: Notary;

  constructor(notary: Notary) {
    this.notary = notary;
  }

  async read(located: Located): Promise<StoredNotebook> {
    const data = await readFile(located.target);
    return { notebook: parseNotebook(data.toString("utf8"), located.path), hash: hashOf(data) };
  }

  /** Stores what a front end sent; returns the hash of what is on disk then. */
  async save(located: Located, notebook: Notebook): Promise<string> {
    const text = formatNotebook(notebook);
    await writeAtomically(located.target, text);
    this.notary.signIfTrusted(notebook);
    return hashOf(text);
  }

  /**
   * Changes a stored notebook, unless it becomes another one meanwhile. Returns the hashes before and after, or
   * undefined when there was nothing to change or somebody else wrote first.
   */
  change(
    located: Located,
    edit: (notebook: Notebook) => Notebook | undefined,
  ): Promise<{ readonly before: string; readonly after: string } | undefined> {
    return this.locks.run(located.target, async () => {
      const { notebook, hash: before } = await this.read(located);
      const edited = edit(notebook);
      if (edited === undefined) return undefined;
      const text = formatNotebook(edited);
      const isSame = async (): Promise<boolean> => hashOf(await readFile(located.target)) === before;
      if (!(await writeAtomically(located.target, text, isSame))) return undefined;
      // outputs of the user's own kernel make a trusted notebook no less trusted
      if (this.notary.isTrusted(notebook)) this.notary.sign(edited);
      return { before, after: hashOf(text) };
    });
  }
}
