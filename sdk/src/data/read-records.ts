import { GradlabError } from "../errors.js";
import { Dataset } from "./dataset/index.js";
import type { SourceRecord } from "./record.js";
import type { DatasetRef } from "./rows.js";

/**
 * Values of a data set one by one, unchecked, with the place each came from. Files are read as rows are asked for, so
 * that their size does not matter (.json is read whole).
 *
 * @throws E_FILE_NOT_FOUND; E_DATA_FORMAT with file:line:column; E_DATA_EMPTY at the end when nothing came
 */
export async function* readRecords(source: DatasetRef): AsyncGenerator<SourceRecord> {
  const data = source instanceof Dataset ? source : Dataset.from<unknown>(source);
  let count = 0;
  for await (const record of data.items()) {
    count++;
    yield record;
  }
  if (count > 0) return;
  const name = typeof source === "string" ? source : "The data set";
  throw new GradlabError(
    "E_DATA_EMPTY",
    `${name} has no rows.`,
    typeof source === "string" ? { where: source } : {},
  );
}
