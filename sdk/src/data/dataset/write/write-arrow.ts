import { rename, writeFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { tableFromArrays, tableToIPC } from "@uwdata/flechette";
import { GradlabError } from "../../../errors.js";
import { requireColumns } from "../columns.js";
import type { Item } from "../stage.js";

/** Writes an Arrow IPC file with the columns of the first row, their types by their values. Holds all rows. */
export async function writeArrow(path: string, rows: AsyncIterable<Item<unknown>>): Promise<void> {
  const columns = await columnsOf(rows);
  const bytes = encode(path, columns);
  await writeFile(`${path}.partial`, path.toLowerCase().endsWith(".gz") ? gzipSync(bytes) : bytes);
  await rename(`${path}.partial`, path);
}

async function columnsOf(rows: AsyncIterable<Item<unknown>>): Promise<Map<string, unknown[]>> {
  let columns: Map<string, unknown[]> | undefined;
  for await (const { value, where } of rows) {
    requireColumns(value, [...(columns?.keys() ?? [])], where);
    columns ??= new Map(Object.keys(value).map((name) => [name, []]));
    for (const [name, values] of columns) values.push(value[name]);
  }
  return columns ?? new Map<string, unknown[]>();
}

function encode(path: string, columns: ReadonlyMap<string, unknown[]>): Uint8Array {
  try {
    const bytes = tableToIPC(tableFromArrays([...columns]), { format: "file" });
    if (bytes) return bytes;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new GradlabError("E_DATA_FORMAT", `The rows cannot be written as Arrow: ${reason}`, {
      where: path,
      hint: "The values of a column must be of one type, or null.",
      cause,
    });
  }
  throw new GradlabError("E_DATA_FORMAT", "The rows cannot be written as Arrow.", { where: path });
}
