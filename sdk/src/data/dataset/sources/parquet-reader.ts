import { open, type FileHandle } from "node:fs/promises";
import type { AsyncBuffer, FileMetaData, SchemaTree } from "hyparquet";
import { GradlabError } from "../../../errors.js";
import { columnsOf, type ParquetColumn } from "./parquet-columns.js";

/** A Parquet file: its row groups, read one at a time. The file is open only while one is read. */
export class ParquetReader {
  readonly rows: number;
  /** Rows before each group. */
  readonly #starts: number[] = [];

  private constructor(
    readonly path: string,
    readonly bytes: number,
    private readonly metadata: FileMetaData,
    private readonly columns: readonly ParquetColumn[],
  ) {
    let rows = 0;
    for (const group of metadata.row_groups) {
      this.#starts.push(rows);
      rows += Number(group.num_rows);
    }
    this.rows = rows;
  }

  /** @throws E_FILE_NOT_FOUND; E_FILE_FORMAT */
  static async open(path: string, names?: readonly string[]): Promise<ParquetReader> {
    const { parquetMetadataAsync, parquetSchema } = await import("hyparquet");
    try {
      return await withFile(path, async (file) => {
        const metadata = await parquetMetadataAsync(file, { geoparquet: false });
        const schema = parquetSchema(metadata);
        checkPaths(metadata, schema);
        const all = columnsOf(schema);
        // A name that is not there is told by who asks for it, who then sees all names that are.
        const some = names?.every((name) => all.some((column) => column.name === name)) ? names : undefined;
        const columns = some ? all.filter(({ name }) => some.includes(name)) : all;
        return new ParquetReader(path, file.byteLength, metadata, columns);
      });
    } catch (cause) {
      throw unreadable(path, path, cause);
    }
  }

  /** The group that a row is in. */
  groupOf(row: number): number {
    return this.#starts.findLastIndex((start) => start <= row);
  }

  startOf(group: number): number {
    return this.#starts[group];
  }

  /** @throws E_FILE_FORMAT naming the row group and the column */
  async readGroup(group: number): Promise<unknown[]> {
    try {
      return await this.#read(group, this.columns);
    } catch (cause) {
      for (const column of this.columns) {
        const reason = await this.#read(group, [column]).then(
          () => undefined,
          (error: unknown) => error,
        );
        const where = `${this.path}, row group ${group}, column ${JSON.stringify(column.name)}`;
        if (reason !== undefined) throw unreadable(this.path, where, reason);
      }
      throw unreadable(this.path, `${this.path}, row group ${group}`, cause);
    }
  }

  async #read(group: number, columns: readonly ParquetColumn[]): Promise<unknown[]> {
    const [{ parquetReadObjects }, { compressors }] = await Promise.all([
      import("hyparquet"),
      import("hyparquet-compressors"),
    ]);
    const rowStart = this.#starts[group];
    const count = Number(this.metadata.row_groups[group].num_rows);
    const rows = await withFile(this.path, (file) =>
      parquetReadObjects({
        file,
        metadata: this.metadata,
        compressors,
        columns: columns.map(({ name }) => name),
        rowStart,
        rowEnd: rowStart + count,
        // Bytes that are not said to be text are bytes.
        utf8: false,
        geoparquet: false,
      }),
    );
    if (rows.length !== count) throw new Error(`it has ${rows.length} of ${count} rows`);
    return rows.map((row) => Object.fromEntries(columns.map(({ name, shape }) => [name, shape(row[name])])));
  }
}

/** Runs `use` with the file; closes it when all that was begun has ended. */
async function withFile<T>(path: string, use: (file: AsyncBuffer) => Promise<T>): Promise<T> {
  const handle = await open(path, "r").catch((cause: unknown) => {
    throw new GradlabError("E_FILE_NOT_FOUND", `There is no file ${path}.`, { where: path, cause });
  });
  const begun: Promise<unknown>[] = [];
  try {
    const { size } = await handle.stat();
    const slice = (start: number, end = size): Promise<ArrayBuffer> => {
      const bytes = readExactly(handle, start, end, size);
      begun.push(bytes);
      return bytes;
    };
    return await use({ byteLength: size, slice });
  } finally {
    await Promise.allSettled(begun);
    await handle.close();
  }
}

async function readExactly(
  handle: FileHandle,
  start: number,
  end: number,
  size: number,
): Promise<ArrayBuffer> {
  if (!(start >= 0 && end >= start && end <= size))
    throw new Error(`it points to bytes ${start} to ${end} of ${size}`);
  const bytes = new Uint8Array(end - start);
  for (let done = 0; done < bytes.length;) {
    const { bytesRead } = await handle.read(bytes, done, bytes.length - done, start + done);
    if (bytesRead === 0) throw new Error("it was cut short while it was read");
    done += bytesRead;
  }
  return bytes.buffer;
}

/** The reader begins to read columns before it looks up all of them, and would leave those begun behind. */
function checkPaths({ row_groups: groups }: FileMetaData, schema: SchemaTree): void {
  for (const { columns, num_rows } of groups) {
    if (!(num_rows >= 0n)) throw new Error("a row group has no number of rows");
    for (const { meta_data: column } of columns) {
      let node: SchemaTree | undefined = schema;
      for (const name of column?.path_in_schema ?? [])
        node = node?.children.find(({ element }) => element.name === name);
      if (column === undefined || node === undefined || node.children.length > 0)
        throw new Error(`a row group has a column ${column?.path_in_schema.join(".")} that the schema lacks`);
    }
  }
}

function unreadable(path: string, where: string, cause: unknown): GradlabError {
  if (cause instanceof GradlabError) return cause;
  const reason =
    cause instanceof Error ? cause.message.replace(/^parquet /, "").replace(/\.$/, "") : String(cause);
  return new GradlabError("E_FILE_FORMAT", `${path} cannot be read as Parquet: ${reason}.`, {
    where,
    hint: "Check that the file is whole; encrypted files are not read.",
    cause,
  });
}
