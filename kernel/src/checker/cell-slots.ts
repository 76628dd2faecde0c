import type { Documents } from "./documents.js";

/** How many files are made at once, and how few of them may be free before more are made. */
const BATCH = 16;
const LOW = 4;
/** ms until files are made: the cell that asks is not to wait for them. */
const LATER = 250;

/** The file that all slots are imported from. */
export const SLOTS_FILE = "gradlab-cells.ts";
export const NO_SLOTS = "export {};\n";

/** What no name of a user's begins with: the slots as namespaces. */
export const SPACE_PREFIX = "$gradlab_";

/** The namespace that stands for a slot in other cells; undefined for a file that is none. */
export function spaceOf(file: string): string | undefined {
  const number = /^gradlab-slot-(\d+)\.ts$/.exec(file)?.[1];
  return number === undefined ? undefined : SPACE_PREFIX + number;
}

/**
 * Files for cells that the server knows before it sees a cell in them. A file more is a new program for it, and so is
 * a file that imports others than before; a text that changed is not (4 against 15 ms for a cell of 20 lines). So cells
 * import each other through one file whose imports stay the same. They are made while nobody waits.
 */
export class CellSlots {
  readonly #documents: Documents;
  /** What stands in a slot without a cell. */
  readonly #empty: string;
  readonly #free: string[] = [];
  #made = 0;
  #filling = false;

  constructor(documents: Documents, empty: string) {
    this.#documents = documents;
    this.#empty = empty;
  }

  /** A file for a cell; undefined when there is none yet. */
  take(): string | undefined {
    const file = this.#free.shift();
    if (this.#free.length < LOW && !this.#filling && this.#documents.started) {
      this.#filling = true;
      setTimeout(() => void this.#fill().catch(() => {}), LATER).unref();
    }
    return file;
  }

  /** The server sees nothing of a cell in it any more. Every file that is no slot is hidden. */
  clear(file: string): void {
    if (spaceOf(file) === undefined) this.#documents.hide(file);
    else this.#documents.show(file, this.#empty);
  }

  /** The same, for good: another cell may have it. */
  discard(file: string): void {
    this.clear(file);
    if (spaceOf(file) !== undefined) this.#free.push(file);
  }

  async #fill(): Promise<void> {
    const files = Array.from({ length: BATCH }, (_, i) => `gradlab-slot-${this.#made + i + 1}.ts`);
    try {
      for (const file of files) {
        await this.#documents.enqueue(async () => {
          this.#documents.show(file, this.#empty);
          // until the server has taken it in: what is asked meanwhile comes before the next one
          await this.#documents.ask("documentSymbol", file);
        });
      }
      await this.#documents.enqueue(async () => {
        this.#made += BATCH;
        this.#documents.show(SLOTS_FILE, slotsText(this.#made));
        this.#free.push(...files);
      });
    } finally {
      this.#filling = false;
    }
  }
}

function slotsText(count: number): string {
  const numbers = Array.from({ length: count }, (_, i) => i + 1);
  const imports = numbers.map((n) => `import * as ${SPACE_PREFIX}${n} from "./gradlab-slot-${n}.js";\n`);
  return `${imports.join("")}export { ${numbers.map((n) => SPACE_PREFIX + n).join(", ")} };\n`;
}
