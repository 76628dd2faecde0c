import { GradlabError } from "../errors.js";
import { groupByLength } from "./group-by-length.js";
import { permutation } from "./shuffle.js";

export interface BatchLoaderOptions<T = unknown> {
  /** Items in a batch (for each process, when there are several). */
  readonly batchSize: number;
  /** Decides the order of every epoch. Default 0. */
  readonly seed?: number;
  /** Leaves out the last batch of an epoch when it is not full. Default false. */
  readonly dropLast?: boolean;
  /** false keeps the order of the data set. Default true. */
  readonly shuffle?: boolean;
  /** Puts items of like length into the same batches; the batches stay in random order. Default: not. */
  readonly lengthOf?: (item: T) => number;
  /** This process and how many there are; each sees its own part of every step. Default: one process. */
  readonly shard?: { readonly rank: number; readonly worldSize: number };
}

/** Where a loader stands: plain JSON, to be kept with a checkpoint. */
export interface BatchLoaderState {
  readonly version: 1;
  readonly datasetLength: number;
  readonly batchSize: number;
  readonly seed: number;
  readonly dropLast: boolean;
  readonly shuffle: boolean;
  readonly worldSize: number;
  readonly epoch: number;
  /** Steps of this epoch already taken. */
  readonly step: number;
}

export interface LoadedBatch<T> {
  readonly items: readonly T[];
  readonly indices: Int32Array;
  /** Counted from 0. */
  readonly epoch: number;
  /** Within the epoch, counted from 0. */
  readonly step: number;
}

/** An array, or anything with a length and `at`, such as `PackedTokens`. */
export interface Indexed<T> {
  readonly length: number;
  at(index: number): T | undefined;
}

/**
 * Batches in a seeded order, epoch after epoch, that can be stopped and resumed exactly: the order of an epoch
 * is a function of seed and epoch alone, so the state is two counters.
 *
 * With several processes every one takes the same number of steps; items that cannot be shared out evenly at
 * the end of an epoch are left out of it (`droppedPerEpoch`).
 *
 * @throws E_DATA_EMPTY when an epoch has no batch; E_CONFIG
 * @example
 * const loader = new BatchLoader(examples, { batchSize: 16, seed: 42 });
 * const { items } = loader.next();
 * const resumed = BatchLoader.fromState(examples, loader.state()); // gives the same next batches
 */
export class BatchLoader<T> {
  readonly stepsPerEpoch: number;
  readonly droppedPerEpoch: number;
  readonly #items: Indexed<T>;
  readonly #batchSize: number;
  readonly #seed: number;
  readonly #dropLast: boolean;
  readonly #shuffle: boolean;
  readonly #rank: number;
  readonly #worldSize: number;
  readonly #lengthOf: ((item: T) => number) | undefined;
  #epoch = 0;
  #step = 0;
  #order: Int32Array | undefined;

  constructor(items: Indexed<T>, options: BatchLoaderOptions<T>) {
    this.#items = items;
    this.#lengthOf = options.lengthOf;
    this.#batchSize = requireInteger(options.batchSize, 1, "batchSize");
    this.#seed = requireInteger(options.seed ?? 0, 0, "seed");
    this.#dropLast = options.dropLast ?? false;
    this.#shuffle = options.shuffle ?? true;
    this.#worldSize = requireInteger(options.shard?.worldSize ?? 1, 1, "shard.worldSize");
    this.#rank = requireInteger(options.shard?.rank ?? 0, 0, "shard.rank");
    if (this.#rank >= this.#worldSize)
      throw new GradlabError(
        "E_CONFIG",
        `shard.rank ${this.#rank} is not below worldSize ${this.#worldSize}.`,
        {
          where: "shard.rank",
        },
      );
    const share = this.#dropLast || this.#worldSize > 1 ? Math.floor : Math.ceil;
    this.stepsPerEpoch = share(items.length / (this.#batchSize * this.#worldSize));
    this.droppedPerEpoch = Math.max(0, items.length - this.stepsPerEpoch * this.#batchSize * this.#worldSize);
    if (this.stepsPerEpoch === 0)
      throw new GradlabError(
        "E_DATA_EMPTY",
        `${items.length} items do not fill one batch of ${this.#batchSize}.`,
        {
          hint: "Use a smaller batchSize, or dropLast: false.",
        },
      );
  }

  /**
   * Goes on where `state` was taken.
   *
   * @param options.shard - may name another rank, not another number of processes
   * @param options.lengthOf - must be the one the loader was made with
   * @throws E_CHECKPOINT_MISMATCH when the data set has another length
   */
  static fromState<T>(
    items: Indexed<T>,
    state: BatchLoaderState,
    options: Pick<BatchLoaderOptions<T>, "shard" | "lengthOf"> = {},
  ): BatchLoader<T> {
    const { shard = { rank: 0, worldSize: state.worldSize } } = options;
    if (state.version !== 1 || items.length !== state.datasetLength || shard.worldSize !== state.worldSize)
      throw new GradlabError(
        "E_CHECKPOINT_MISMATCH",
        `The state belongs to ${state.datasetLength} items and ${state.worldSize} processes; now there are ${items.length} and ${shard.worldSize}.`,
        { details: { state } },
      );
    const { batchSize, seed, dropLast, shuffle } = state;
    const loader = new BatchLoader(items, { ...options, batchSize, seed, dropLast, shuffle, shard });
    loader.#epoch = requireInteger(state.epoch, 0, "state.epoch");
    loader.#step = requireInteger(state.step, 0, "state.step");
    return loader;
  }

  get epoch(): number {
    return this.#epoch;
  }

  state(): BatchLoaderState {
    return {
      version: 1,
      datasetLength: this.#items.length,
      batchSize: this.#batchSize,
      seed: this.#seed,
      dropLast: this.#dropLast,
      shuffle: this.#shuffle,
      worldSize: this.#worldSize,
      epoch: this.#epoch,
      step: this.#step,
    };
  }

  /** The next batch; after the last of an epoch the next epoch begins. */
  next(): LoadedBatch<T> {
    this.#order ??= this.#epochOrder();
    const [epoch, step] = [this.#epoch, this.#step];
    const start = (step * this.#worldSize + this.#rank) * this.#batchSize;
    const indices = this.#order.slice(start, start + this.#batchSize);
    this.#step++;
    if (this.#step >= this.stepsPerEpoch) {
      this.#step = 0;
      this.#epoch++;
      this.#order = undefined;
    }
    return { items: Array.from(indices, (index) => this.#items.at(index) as T), indices, epoch, step };
  }

  /** The batches left in this epoch. */
  *rest(): Generator<LoadedBatch<T>> {
    const epoch = this.#epoch;
    while (this.#epoch === epoch) yield this.next();
  }

  #epochOrder(): Int32Array {
    if (this.#shuffle) {
      const order = permutation(this.#items.length, this.#seed, this.#epoch);
      const lengthOf = this.#lengthOf;
      if (!lengthOf) return order;
      const batchSize = this.#batchSize * this.#worldSize;
      const length = (index: number): number => lengthOf(this.#items.at(index) as T);
      return groupByLength(order, length, { batchSize, seed: this.#seed, stream: this.#epoch });
    }
    return Int32Array.from({ length: this.#items.length }, (_, i) => i);
  }
}

function requireInteger(value: number, least: number, name: string): number {
  if (Number.isInteger(value) && value >= least) return value;
  throw new GradlabError("E_CONFIG", `${name} must be an integer of at least ${least}, got ${value}.`, {
    where: name,
  });
}
