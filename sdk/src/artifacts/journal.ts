import { type FileHandle, mkdir, open } from "node:fs/promises";
import { dirname } from "node:path";
import { pathKind, readText } from "./file.js";
import { parseJson } from "./json.js";

/** Rows added one by one to a file of JSON lines, each on disk before `append` returns. */
export interface Journal {
  /** The rows that were there when it was opened. */
  readonly rows: readonly unknown[];
  append(row: unknown): Promise<void>;
  close(): Promise<void>;
}

/**
 * Opens a journal, so that long work can go on after a crash. A last line that was cut short is taken off;
 * any other damage is an error.
 *
 * @throws E_FILE_FORMAT with file:line:column
 * @example
 * const journal = await openJournal("out/samples.jsonl");
 * await journal.append({ id: 7, output: "…" });
 */
export async function openJournal(path: string): Promise<Journal> {
  const text = (await pathKind(path)) === "file" ? await readText(path) : "";
  const whole = text.slice(0, text.lastIndexOf("\n") + 1);
  const rows = whole
    .split("\n")
    .slice(0, -1)
    .map((line, i) => parseLine(line, path, i));
  await mkdir(dirname(path), { recursive: true });
  const handle = await open(path, "a+");
  if (whole.length < text.length) await handle.truncate(Buffer.byteLength(whole, "utf8"));
  return { rows, append: (row) => appendRow(handle, row), close: () => handle.close() };
}

/** The blank lines before the row make the error's line that of the file. */
function parseLine(line: string, path: string, index: number): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return parseJson("\n".repeat(index) + line, path);
  }
}

async function appendRow(handle: FileHandle, row: unknown): Promise<void> {
  await handle.appendFile(`${JSON.stringify(row)}\n`, "utf8");
  await handle.datasync();
}
