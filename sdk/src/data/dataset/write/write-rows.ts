import { GradlabError } from "../../../errors.js";
import type { Item } from "../stage.js";
import { writeArrow } from "./write-arrow.js";
import { writeParquet, type ColumnTypes } from "./write-parquet.js";
import { TEXT_WRITERS, writeText } from "./write-text.js";

export interface WriteOptions {
  /** Of a .parquet: columns' types where the values of the first rows do not tell. */
  readonly types?: ColumnTypes;
}

/**
 * Writes rows to a file of the kind that its name says.
 *
 * @throws E_DATA_FORMAT for an unknown kind, or at the row that does not fit; E_CONFIG
 */
export async function writeRows(
  path: string,
  rows: AsyncIterable<Item<unknown>>,
  { types }: WriteOptions = {},
): Promise<void> {
  if (path.toLowerCase().endsWith(".parquet")) return writeParquet(path, rows, types);
  if (types !== undefined) {
    throw new GradlabError("E_CONFIG", "Only the columns of a .parquet are given types.", { where: "types" });
  }
  const format = /\.[^./\\]+$/.exec(path.toLowerCase().replace(/\.gz$/, ""))?.[0] ?? "";
  const text = TEXT_WRITERS[format];
  if (format === ".arrow") return writeArrow(path, rows);
  if (text !== undefined) return writeText(path, text(rows));
  throw new GradlabError("E_DATA_FORMAT", `The kind of ${path} is not known by its name.`, {
    hint: `Endings that can be written: ${Object.keys(TEXT_WRITERS).join(", ")}, .arrow, each also with .gz; .parquet.`,
    where: path,
  });
}
