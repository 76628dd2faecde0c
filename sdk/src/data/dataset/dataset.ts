import { GradlabError } from "../../errors.js";
import { requireCount } from "./columns.js";
import { fingerprint } from "./fingerprint.js";
import { DatasetIterator, type DatasetState } from "./iterator.js";
import { batch } from "./operators/batch.js";
import { changeColumns } from "./operators/change-columns.js";
import { concat } from "./operators/concat.js";
import { filter } from "./operators/filter.js";
import { groupBy, type Group } from "./operators/group-by.js";
import { interleave } from "./operators/interleave.js";
import { map } from "./operators/map.js";
import { shuffle } from "./operators/shuffle.js";
import { skip } from "./operators/skip.js";
import { split, type SplitOptions } from "./operators/split.js";
import { take } from "./operators/take.js";
import { openSource, type DatasetSource } from "./sources/open-source.js";
import type { Item, Stage } from "./stage.js";
import { writeRows, type WriteOptions } from "./write/write-rows.js";

/** A row of a file whose columns are not told. */
export type AnyRow = Record<string, unknown>;

type Flat<T> = { [K in keyof T]: T[K] };

/** The type of a data set's rows. */
export type RowOf<D> = D extends Dataset<infer T> ? T : never;

/** A row with one column under another name. */
export type Renamed<T, From extends keyof T, To extends string> = Flat<Omit<T, From> & Record<To, T[From]>>;

export interface KeyOptions {
  /** Stands for the function in fingerprints and states; give another when what it closes over changes. Default: its text. */
  readonly key?: string;
}

export interface ShuffleOptions {
  /** Rows held to draw from: as many as the data set has give a fair shuffle. Default 10 000. */
  readonly buffer?: number;
  /** Decides the order. Default 0. */
  readonly seed?: number;
}

export interface InterleaveOptions {
  /** How often each is drawn, this one first. Default: all alike. */
  readonly weights?: readonly number[];
  /** Decides the draws. Default 0. */
  readonly seed?: number;
  /** "all" gives every row; "first" ends when the first that is drawn has none left. Default "all". */
  readonly stop?: "all" | "first";
}

const DEFAULT_BUFFER = 10_000;

/**
 * Rows that are read, changed and mixed as they are asked for, however many they are: nothing is computed until the
 * data set is iterated, and each iteration starts anew. Data sets do not change; every operator gives another one.
 *
 * @throws (while iterating) E_FILE_NOT_FOUND; E_FILE_FORMAT; E_DATA_FORMAT at file:line:column
 * @example
 * const words = Dataset.from([{ word: "sea", kind: "noun" }, { word: "see", kind: "verb" }]);
 * const nouns = words.filter(({ kind }) => kind === "noun").renameColumn("word", "text").select("text");
 * await nouns.toArray(); // [{"text":"sea"}]
 */
export class Dataset<T> implements AsyncIterable<T> {
  readonly #stage: Stage<T>;

  private constructor(stage: Stage<T>) {
    this.#stage = stage;
  }

  /**
   * From a file (.jsonl, .ndjson, .json, .csv, .tsv, .txt, .arrow, each also .gz; .parquet), rows, an Arquero table, or a function that
   * starts rows. A generator runs only once: give the function that makes it instead.
   *
   * @throws E_DATA_FORMAT for a file whose kind is not known by its name, or what holds no rows
   * @example await Dataset.from(function* () { yield* [1, 2, 3]; }).skip(1).toArray() // [2, 3]
   */
  static from<T = AnyRow>(source: DatasetSource<T>): Dataset<T> {
    return new Dataset(openSource(source));
  }

  /** Each row as `change` makes it anew from the row and its number. @example Dataset.from([1, 2]).map((x) => 10 * x) */
  map<U>(change: (row: T, index: number) => U | Promise<U>, { key }: KeyOptions = {}): Dataset<U> {
    return new Dataset(map(this.#stage, change, [key ?? String(change)]));
  }

  /** The rows that `holds` is true for. @example Dataset.from([1, 2]).filter((x) => x > 1) */
  filter<S extends T>(holds: (row: T, index: number) => row is S, options?: KeyOptions): Dataset<S>;
  filter(holds: (row: T, index: number) => boolean | Promise<boolean>, options?: KeyOptions): Dataset<T>;
  filter(holds: (row: T, index: number) => boolean | Promise<boolean>, { key }: KeyOptions = {}): Dataset<T> {
    return new Dataset(filter(this.#stage, holds, [key ?? String(holds)]));
  }

  /**
   * Rows in arrays of `size`; the last may be shorter.
   *
   * @throws E_CONFIG
   * @example await Dataset.from([1, 2, 3]).batch(2).toArray() // [[1, 2], [3]]
   */
  batch(size: number, { dropLast = false }: { readonly dropLast?: boolean } = {}): Dataset<T[]> {
    return new Dataset(batch(this.#stage, requireCount(size, 1, "size"), dropLast));
  }

  /**
   * The rows in another order: each place is filled by a draw from the next `buffer` rows, which are held in memory.
   * The order depends on nothing but the seed, the buffer and the rows.
   *
   * @throws E_CONFIG
   * @example Dataset.from([1, 2, 3]).shuffle({ buffer: 3, seed: 7 })
   */
  shuffle({ buffer = DEFAULT_BUFFER, seed = 0 }: ShuffleOptions = {}): Dataset<T> {
    requireSeed(seed);
    return new Dataset(shuffle(this.#stage, requireCount(buffer, 1, "buffer"), seed));
  }

  /**
   * Part `index` of `count`: every count-th row. The parts have each row once between them.
   *
   * @throws E_CONFIG
   * @example await Dataset.from([0, 1, 2, 3]).shard(2, 1).toArray() // [1, 3]
   */
  shard(count: number, index: number): Dataset<T> {
    requireCount(count, 1, "count");
    if (requireCount(index, 0, "index") >= count)
      throw new GradlabError("E_CONFIG", `index must be less than count, ${count}, got ${index}.`, {
        where: "index",
      });
    return new Dataset(filter(this.#stage, (_, i) => i % count === index, [count, index], "shard"));
  }

  /** The first `count` rows. @example await Dataset.from([1, 2, 3]).take(2).toArray() // [1, 2] */
  take(count: number): Dataset<T> {
    return new Dataset(take(this.#stage, requireCount(count, 0, "count")));
  }

  /** All but the first `count` rows. @example await Dataset.from([1, 2, 3]).skip(2).toArray() // [3] */
  skip(count: number): Dataset<T> {
    return new Dataset(skip(this.#stage, requireCount(count, 0, "count")));
  }

  /** These rows, then the others'. @example await Dataset.from([1]).concat(Dataset.from([2])).toArray() // [1, 2] */
  concat<D extends readonly Dataset<unknown>[]>(...others: D): Dataset<T | RowOf<D[number]>> {
    return new Dataset(concat(this.#with<D[number]>(others)));
  }

  /**
   * These rows and the others' mixed: each comes from a data set drawn by weight. Rows of one data set keep their order.
   *
   * @throws E_CONFIG unless there is one weight above 0 for each
   * @example
   * const code = Dataset.from(["x = 1", "y = 2"]);
   * code.interleave([Dataset.from(["Once"])], { weights: [0.7, 0.3], seed: 1 });
   */
  interleave<D extends Dataset<unknown>>(
    others: readonly D[],
    options: InterleaveOptions = {},
  ): Dataset<T | RowOf<D>> {
    const { weights = Array.from({ length: others.length + 1 }, () => 1), seed = 0, stop = "all" } = options;
    requireSeed(seed);
    if (weights.length !== others.length + 1 || !weights.every((weight) => weight > 0 && weight < Infinity))
      throw new GradlabError(
        "E_CONFIG",
        `weights must be ${others.length + 1} numbers above 0, this data set's first, got ${weights.join(", ")}.`,
        { where: "weights" },
      );
    return new Dataset(interleave(this.#with(others), weights, seed, stop));
  }

  #with<D extends Dataset<unknown>>(others: readonly D[]): Stage<T | RowOf<D>>[] {
    return [this.#stage, ...others.map((other) => other.#stage as Stage<RowOf<D>>)];
  }

  /**
   * Column `from` under the name `to`.
   *
   * @throws (while iterating) E_DATA_FORMAT at the first row without the column
   * @example await Dataset.from([{ q: "1+1" }]).renameColumn("q", "prompt").toArray() // [{"prompt":"1+1"}]
   */
  renameColumn<From extends keyof T & string, To extends string>(
    from: From,
    to: To,
  ): Dataset<Renamed<T, From, To>> {
    const rename = (row: AnyRow): Renamed<T, From, To> =>
      Object.fromEntries(
        Object.entries(row)
          .filter(([name]) => name === from || name !== to)
          .map(([name, value]) => [name === from ? to : name, value]),
      ) as Renamed<T, From, To>;
    return new Dataset(changeColumns(this.#stage, "renameColumn", [from], rename, [from, to]));
  }

  /**
   * These columns alone, in this order. Right behind a .parquet, only they are read.
   *
   * @throws (while iterating) E_DATA_FORMAT at the first row without one of them
   * @example await Dataset.from([{ a: 1, b: 2, c: 3 }]).select("c", "a").toArray() // [{"c":3,"a":1}]
   */
  select<K extends keyof T & string>(...names: readonly K[]): Dataset<Flat<Pick<T, K>>> {
    const pick = (row: AnyRow): Flat<Pick<T, K>> =>
      Object.fromEntries(names.map((name) => [name, row[name]])) as Flat<Pick<T, K>>;
    const stage = this.#stage.project?.(names) ?? this.#stage;
    return new Dataset(changeColumns(stage, "select", names, pick, names));
  }

  /**
   * Rows by the value of a column, or of a function, in the order in which the values first occur. Holds all rows in
   * memory while it runs.
   *
   * @example await Dataset.from([1, 2, 3]).groupBy((x) => x % 2).toArray() // [{"key":1,"rows":[1,3]},{"key":0,"rows":[2]}]
   */
  groupBy<K extends keyof T & string>(column: K): Dataset<Group<T[K], T>>;
  groupBy<K>(keyOf: (row: T) => K, options?: KeyOptions): Dataset<Group<K, T>>;
  groupBy(
    by: (keyof T & string) | ((row: T) => unknown),
    { key }: KeyOptions = {},
  ): Dataset<Group<unknown, T>> {
    const keyOf = typeof by === "string" ? (row: T) => row[by] : by;
    return new Dataset(groupBy(this.#stage, keyOf, [key ?? String(by)]));
  }

  /**
   * Parts for training and measuring that share nothing: rows with the same text (`text`, or `prompt`, or
   * `messages`, or the whole row; white space aside), and with `by` also rows of one group, are in one part.
   *
   * A row's part depends on its text or group and the seed alone, so that rows that are added later move no other.
   * The parts have about their shares. With `by` the rows are read once before, for groups that share a text.
   *
   * @throws E_CONFIG unless the shares add up to 1; (while iterating) E_DATA_FORMAT for a row without the column
   * @example
   * const { train, test } = Dataset.from([{ text: "a" }, { text: "b" }]).split({ train: 0.9, test: 0.1 }, { seed: 1 });
   */
  split<Part extends string>(
    shares: Readonly<Record<Part, number>>,
    options: SplitOptions & { readonly by?: keyof T & string; readonly text?: keyof T & string } = {},
  ): Record<Part, Dataset<T>> {
    requireSeed(options.seed ?? 0);
    const parts = Object.entries(split(this.#stage, shares, options));
    return Object.fromEntries(parts.map(([name, stage]) => [name, new Dataset(stage)])) as Record<
      Part,
      Dataset<T>
    >;
  }

  [Symbol.asyncIterator](): DatasetIterator<T> {
    return new DatasetIterator(this.#stage);
  }

  /**
   * Goes on where an iteration stood: the same rows follow, in the same order, also through shuffles and interleaves.
   *
   * @throws E_CHECKPOINT_MISMATCH for a state of other operators, or when the file has changed its size
   * @example
   * const data = Dataset.from([1, 2, 3]);
   * const rows = data[Symbol.asyncIterator]();
   * await rows.next();
   * await data.resume(rows.state()).next(); // {"done":false,"value":2}
   */
  resume(state: DatasetState): DatasetIterator<T> {
    return new DatasetIterator(this.#stage, state);
  }

  /** Rows with the places they come from, for errors. @example for await (const { where } of Dataset.from([1]).items()) where; */
  async *items(): AsyncGenerator<Item<T>> {
    const rows = this[Symbol.asyncIterator]();
    try {
      for (let item = await rows.nextItem(); item !== undefined; item = await rows.nextItem()) yield item;
    } finally {
      await rows.return();
    }
  }

  /** All rows in memory. @example await Dataset.from([1, 2]).toArray() // [1, 2] */
  async toArray(): Promise<T[]> {
    const rows: T[] = [];
    for await (const row of this) rows.push(row);
    return rows;
  }

  /**
   * Writes the rows, one after the other, to a file: .jsonl, .ndjson, .csv, .tsv or .arrow, each also .gz, or .parquet. An .arrow holds
   * all rows while it is made, a .parquet one row group. The file has its name only when it is whole.
   *
   * @param options.types of a .parquet: columns' types where the values of the first 10 000 rows do not tell
   * @throws E_DATA_FORMAT for another ending, or at the first row that does not fit (a .csv, .arrow or .parquet has the first row's columns);
   *   E_CONFIG
   * @example
   * await Dataset.from([{ a: 1 }, { a: 2 }]).write(join(tmpdir(), "example.csv"));
   */
  write(path: string, options: WriteOptions = {}): Promise<void> {
    return writeRows(path, this.items(), options);
  }

  /**
   * All rows as an Arquero table, with the columns of the first row.
   *
   * @throws E_DATA_FORMAT for rows without columns
   * @example (await Dataset.from([{ x: 1 }, { x: 2 }]).toTable()).array("x") // [1, 2]
   */
  async toTable(): Promise<import("arquero").ColumnTable> {
    const rows: T[] = [];
    for await (const { value, where } of this.items()) {
      if (typeof value !== "object" || value === null)
        throw new GradlabError("E_DATA_FORMAT", "A row of a table has columns.", {
          where,
          hint: "Map rows to objects first.",
        });
      rows.push(value);
    }
    const { from } = await import("arquero");
    return from(rows as object[]);
  }

  /**
   * A SHA-256 of the content and of all that is done to it: the same over runs, another when a row, an operator, a
   * seed or the text of a function changes. What a function closes over is not seen; `key` can stand for it.
   *
   * @example (await Dataset.from([1, 2]).fingerprint()).length // 64
   */
  fingerprint(): Promise<string> {
    return fingerprint(this.#stage);
  }
}

function requireSeed(seed: number): void {
  if (!Number.isSafeInteger(seed))
    throw new GradlabError("E_CONFIG", `seed must be an integer, got ${seed}.`, { where: "seed" });
}
