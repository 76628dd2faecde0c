import { createHmac } from "node:crypto";
import { appendFileSync, mkdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type CodeCell, formatNotebook, type Notebook } from "../notebook/index.js";
import { readSecret } from "./secret.js";

/** Signatures kept; beyond it the older half goes. */
const KEPT = 65_536;

/**
 * Says whether a notebook was last saved or trusted by this user. A notebook from elsewhere may carry outputs with
 * scripts; a front end shows those only of cells marked trusted. The rules are nbformat's.
 */
export class Notary {
  readonly #key: Buffer;
  readonly #file: string;
  #known = new Set<string>();
  #read = -1;

  /** `folder` is the user's; the key and the signatures live there. */
  constructor(folder: string) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    this.#key = readSecret(join(folder, "notebook_secret"));
    this.#file = join(folder, "notebook_signatures");
  }

  isTrusted(notebook: Notebook): boolean {
    this.#refresh();
    return this.#known.has(this.#digest(notebook));
  }

  sign(notebook: Notebook): void {
    this.#refresh();
    const digest = this.#digest(notebook);
    if (this.#known.has(digest)) return;
    this.#known.add(digest);
    appendFileSync(this.#file, `${digest}\n`, { mode: 0o600 });
    if (this.#known.size > KEPT) this.#cull();
  }

  /** The notebook with `trusted` in the metadata of its code cells, for a front end. */
  mark(notebook: Notebook): Notebook {
    const trusted = this.isTrusted(notebook);
    const cells = notebook.cells.map((cell) =>
      cell.cell_type === "code" ? { ...cell, metadata: { ...cell.metadata, trusted } } : cell,
    );
    return { ...notebook, cells };
  }

  /** Signs a notebook that comes from a front end, when all its cells are trusted there or harmless. */
  signIfTrusted(notebook: Notebook): void {
    const code = notebook.cells.filter((cell): cell is CodeCell => cell.cell_type === "code");
    if (code.every((cell) => cell.metadata["trusted"] === true || isHarmless(cell))) this.sign(notebook);
  }

  #digest(notebook: Notebook): string {
    return createHmac("sha256", this.#key).update(formatNotebook(notebook)).digest("hex");
  }

  /** Other servers of this user sign as well. */
  #refresh(): void {
    try {
      const { size } = statSync(this.#file);
      if (size === this.#read) return;
      this.#known = new Set(readFileSync(this.#file, "latin1").split("\n").filter(Boolean));
      this.#read = size;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    }
  }

  #cull(): void {
    const kept = [...this.#known].slice(-KEPT / 2);
    this.#known = new Set(kept);
    const temporary = `${this.#file}.${process.pid}.tmp`;
    writeFileSync(temporary, `${kept.join("\n")}\n`, { mode: 0o600 });
    renameSync(temporary, this.#file);
  }
}

/** Text and errors cannot run anything; data of any type might. */
function isHarmless(cell: CodeCell): boolean {
  return cell.outputs.every(
    ({ output_type }) => output_type !== "display_data" && output_type !== "execute_result",
  );
}
