import { readFile } from "node:fs/promises";
import { gunzipSync } from "node:zlib";
import { tableFromIPC, type Table } from "@uwdata/flechette";
import { GradlabError } from "../../../errors.js";
import type { Stage } from "../stage.js";
import { rowsInMemory, type RowList } from "./rows-in-memory.js";

/** The rows of an Arrow IPC file or stream; its bytes are read whole, its rows are made as they are asked for. */
export function arrowFile(path: string): Stage<unknown> {
  return {
    ...rowsInMemory(
      () => readTable(path),
      (index) => ({ file: `${path}[${index}]` }),
    ),
    settings: [".arrow"],
  };
}

async function readTable(path: string): Promise<RowList<unknown>> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new GradlabError("E_FILE_NOT_FOUND", `There is no file ${path}.`, { where: path, cause });
  });
  try {
    return listOf(
      tableFromIPC(path.toLowerCase().endsWith(".gz") ? gunzipSync(bytes) : bytes, {
        useBigInt: true,
        useDate: true,
      }),
    );
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new GradlabError("E_FILE_FORMAT", `${path} cannot be read as Arrow: ${reason}.`, {
      where: path,
      cause,
    });
  }
}

const listOf = (table: Table): RowList<unknown> => ({
  length: table.numRows,
  at: (index) => table.at(index),
});
