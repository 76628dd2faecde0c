export {
  Dataset,
  type AnyRow,
  type InterleaveOptions,
  type KeyOptions,
  type Renamed,
  type RowOf,
  type ShuffleOptions,
} from "./dataset.js";
export { DatasetIterator, type DatasetState } from "./iterator.js";
export type { Group } from "./operators/group-by.js";
export type { SplitOptions } from "./operators/split.js";
export type { DatasetSource } from "./sources/open-source.js";
export type { Cursor, CursorState, Item } from "./stage.js";
export type { ParquetType } from "./write/parquet-kind.js";
export type { WriteOptions } from "./write/write-rows.js";
