// Tokens → Batch
export {
  BatchLoader,
  type BatchLoaderOptions,
  type BatchLoaderState,
  type Indexed,
  type LoadedBatch,
} from "./batch-loader.js";
export { collate, type Batch, type CollateOptions } from "./collate.js";
export { PackedTokens, packTokens, readTokens, type TokenArray } from "./pack-tokens.js";
export {
  Dataset,
  DatasetIterator,
  type AnyRow,
  type Cursor,
  type CursorState,
  type DatasetSource,
  type DatasetState,
  type Group,
  type InterleaveOptions,
  type Item,
  type KeyOptions,
  type Renamed,
  type RowOf,
  type ShuffleOptions,
  type SplitOptions,
  type ParquetType,
  type WriteOptions,
} from "./dataset/index.js";
export { prepareExamples, type ExampleCounts, type PreparedExamples } from "./prepare-examples.js";
export { readRecords } from "./read-records.js";
export { loadRows, readRows } from "./read-rows.js";
export type { SourceRecord } from "./record.js";
export type { ChatRow, CompletionRow, DatasetRef, ReadOptions, Row, TextRow } from "./rows.js";
export { permutation, splitRows } from "./shuffle.js";
export * from "./generate/index.js";
export { tokenizeExample, type Example, type TokenizeOptions } from "./tokenize-example.js";
export { type ColumnSource, arrayFromTable, tableFromArray } from "./table-array.js";
