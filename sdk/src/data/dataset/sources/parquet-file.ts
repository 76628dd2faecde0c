import { sha256File } from "../../../artifacts/index.js";
import { GradlabError } from "../../../errors.js";
import type { Cursor, Item, Stage } from "../stage.js";
import { ParquetReader } from "./parquet-reader.js";

interface Place {
  /** Rows that were given. */
  readonly row: number;
  /** Bytes of the file: another size is another file. */
  readonly bytes: number;
}

/**
 * The rows of a Parquet file, one row group in memory at a time.
 *
 * @param columns only these are read, if the file has them all
 */
export function parquetFile(path: string, _format: string, columns?: readonly string[]): Stage<unknown> {
  if (path.toLowerCase().endsWith(".gz")) {
    throw new GradlabError("E_DATA_FORMAT", "A .parquet.gz cannot be read by parts.", {
      where: path,
      hint: "Unpack it: what a .parquet holds is compressed already.",
    });
  }
  return {
    operator: "file",
    settings: [".parquet"],
    inputs: [],
    open: (at) => new RowCursor(path, columns, at as Place | undefined),
    content: () => sha256File(path),
    project: (names) => parquetFile(path, ".parquet", names),
  };
}

class RowCursor implements Cursor<unknown> {
  #reader: ParquetReader | undefined;
  #rows: readonly unknown[] = [];
  /** The first row of those in memory, and the next one to be given. */
  #start = 0;
  #next: number;

  constructor(
    private readonly path: string,
    private readonly columns: readonly string[] | undefined,
    private readonly at: Place | undefined,
  ) {
    this.#next = at?.row ?? 0;
  }

  async next(): Promise<Item<unknown> | undefined> {
    const reader = (this.#reader ??= await this.#open());
    if (this.#next >= reader.rows) return undefined;
    if (this.#next - this.#start >= this.#rows.length) await this.#load(reader);
    const index = this.#next++;
    return { value: this.#rows[index - this.#start], where: { file: `${this.path}[${index}]` } };
  }

  state(): Place | undefined {
    return this.#reader ? { row: this.#next, bytes: this.#reader.bytes } : this.at;
  }

  close(): Promise<void> {
    this.#rows = [];
    return Promise.resolve();
  }

  async #open(): Promise<ParquetReader> {
    const reader = await ParquetReader.open(this.path, this.columns);
    if (this.at === undefined || this.at.bytes === reader.bytes) return reader;
    throw new GradlabError("E_CHECKPOINT_MISMATCH", `${this.path} has changed since the state was taken.`, {
      where: this.path,
      hint: `It had ${this.at.bytes} bytes and has ${reader.bytes}.`,
    });
  }

  async #load(reader: ParquetReader): Promise<void> {
    // Let go of the old rows before the new ones are made.
    this.#rows = [];
    const group = reader.groupOf(this.#next);
    this.#rows = await reader.readGroup(group);
    this.#start = reader.startOf(group);
  }
}
