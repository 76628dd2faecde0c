import { GradlabError } from "../../../errors.js";
import { isHubPath } from "../../../hub/index.js";
import type { ColumnSource } from "../../table-array.js";
import type { Stage } from "../stage.js";
import { arrowFile } from "./arrow-file.js";
import { hubFile } from "./hub-file.js";
import { jsonArray } from "./json-array.js";
import { parquetFile } from "./parquet-file.js";
import { rowsInMemory } from "./rows-in-memory.js";
import { rowsOverTime } from "./rows-over-time.js";
import { TEXT_FORMATS, textFile } from "./text-file.js";
import { tableRows } from "./table-rows.js";

/**
 * What a data set can be made from: the path of a file (on a hub "hf://datasets/owner/name/file"), rows in memory, an Arquero table, or a function that starts
 * rows that arrive over time (so that they can be started again).
 */
export type DatasetSource<T> =
  string | Iterable<T> | AsyncIterable<T> | ColumnSource | (() => Iterable<T> | AsyncIterable<T>);

const FILES: Readonly<Record<string, (path: string, format: string) => Stage<unknown>>> = {
  ...Object.fromEntries(Object.keys(TEXT_FORMATS).map((format) => [format, textFile])),
  ".json": jsonArray,
  ".arrow": arrowFile,
  ".parquet": parquetFile,
};

/** @throws E_DATA_FORMAT for a file whose kind is not known by its name, and for what is no source */
export function openSource<T>(source: DatasetSource<T>): Stage<T> {
  if (typeof source === "string") return openFile(source) as Stage<T>;
  if (typeof source === "function") return rowsOverTime(source);
  if (Array.isArray(source)) return rowsInMemory(() => source as readonly T[]);
  if (typeof source === "object" && source !== null) {
    if ("columnNames" in source && typeof source.columnNames === "function")
      return tableRows(source) as Stage<T>;
    if (Symbol.iterator in source || Symbol.asyncIterator in source)
      return rowsOverTime(startOf(source as Iterable<T> | AsyncIterable<T>));
  }
  throw new GradlabError("E_DATA_FORMAT", "A data set is a path, an array or an (async) iterable of rows.");
}

/** Starts an iterable; one that is its own iterator, as a generator is, only once. */
function startOf<T>(rows: Iterable<T> | AsyncIterable<T>): () => Iterable<T> | AsyncIterable<T> {
  let started = false;
  return () => {
    const iterator: unknown =
      Symbol.asyncIterator in rows ? rows[Symbol.asyncIterator]() : rows[Symbol.iterator]();
    if (started && iterator === rows)
      throw new GradlabError("E_DATA_FORMAT", "These rows run only once, and they have been read.", {
        hint: "Give the function that makes them: Dataset.from(() => rows()).",
      });
    started = true;
    return rows;
  };
}

function openFile(path: string): Stage<unknown> {
  const format = /\.[^./\\]+$/.exec(path.toLowerCase().replace(/\.gz$/, ""))?.[0] ?? "";
  const open = FILES[format];
  if (open !== undefined)
    return isHubPath(path) ? hubFile(path, (local) => open(local, format)) : open(path, format);
  throw new GradlabError("E_DATA_FORMAT", `The kind of ${path} is not known by its name.`, {
    hint: `Known endings: ${Object.keys(FILES).join(", ")}, each but the last also with .gz.`,
    where: path,
  });
}
