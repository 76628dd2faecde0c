import { runtime, type Engine, type Program } from "../engine/index.js";
import { GradlabError } from "../errors.js";
import { HostStorage, type Storage } from "../graph/index.js";
import { hostArray } from "../tensor/index.js";
import { keptBy } from "./kept.js";
import type { LanguageModel } from "./language-model.js";
import { SlotMemory } from "./slot-memory.js";
import { traceDecoder } from "./trace-decoder.js";

export interface DecoderOptions {
  /** Sequences that can be decoded together. Default 1. */
  readonly slots?: number;
  /** Tokens a sequence may reach. Default: the model's positions. */
  readonly capacity?: number;
}

/**
 * Incremental decoding: keys and values of blocks that attend are extended in place, states of blocks that recur
 * replaced. One program serves every batch size and chunk length.
 *
 * Rows 0 … n−1 are a prefix of the slots, since a run sees what is kept as one contiguous view.
 * The weights are captured when the decoder is made: later training does not change it.
 */
export class Decoder {
  readonly slots: number;
  readonly capacity: number;
  /**
   * Whether a sequence can go on from an earlier place of it: keys and values of later tokens are ignored there, a
   * recurrent state has them inside.
   */
  readonly rewinds: boolean;
  readonly #memory: SlotMemory;
  readonly #program: Promise<Program>;
  readonly #engine: Engine;
  /** Where the engine reads what is kept of the only sequence fastest. */
  #resident: Promise<readonly Storage[]> | readonly Storage[] | undefined;

  constructor(
    readonly model: LanguageModel,
    { slots = 1, capacity = model.config.maxPositions }: DecoderOptions = {},
  ) {
    this.slots = slots;
    this.capacity = Math.min(capacity, model.config.maxPositions);
    const kept = keptBy(model.network, this.capacity);
    this.rewinds = kept.every(({ grows }) => grows);
    this.#memory = new SlotMemory(kept, slots);
    this.#engine = runtime().engine;
    const owner = runtime();
    this.#program = traceDecoder(model, this.capacity).then((graph) => owner.program(graph));
    // Whoever steps gets the error.
    this.#program.catch(() => undefined);
  }

  /** Bytes of all caches when full. */
  get cacheBytes(): number {
    return this.#memory.bytes;
  }

  /**
   * Feeds new tokens behind what each sequence has and gives the logits after its last one.
   *
   * @param ids  rows × steps token ids, row-major
   * @param past tokens each row already has in its cache; 0 begins a sequence anew
   * @param start first slot; the rows are slots start … start + rows − 1
   * @returns logits rows × V
   * @throws E_INDEX when a sequence would outgrow the capacity
   */
  async step(ids: Int32Array, past: Int32Array, start = 0): Promise<Float32Array> {
    const rows = past.length;
    const steps = ids.length / rows;
    if (past.some((length) => length + steps > this.capacity)) {
      throw new GradlabError(
        "E_INDEX",
        `The sequence would outgrow the ${this.capacity} tokens of the cache.`,
        {
          hint: "Shorten the prompt or ask for fewer new tokens.",
        },
      );
    }
    const positions = Int32Array.from(ids, (_, i) => past[Math.floor(i / steps)] + (i % steps));
    const kept = await this.#keptOf(start, rows);
    const inputs: Storage[] = [
      new HostStorage(hostArray(ids, [rows, steps])),
      new HostStorage(hostArray(positions, [rows, steps])),
      new HostStorage(hostArray(past.slice(), [rows])),
      ...kept,
    ];
    const [logits, ...after] = await (await this.#program).run(inputs);
    if (this.slots === 1) this.#resident = after;
    else await storeIn(kept, after);
    return logits.array!.data as Float32Array;
  }

  /** Copies what is kept of one slot over another's, for compaction. */
  copySlot(from: number, to: number, tokens: number): void {
    this.#memory.copy(from, to, tokens);
  }

  /** A run sees a part of what several sequences share, so that stays in the host's memory. */
  #keptOf(start: number, rows: number): Promise<readonly Storage[]> | readonly Storage[] {
    if (this.slots > 1) return this.#memory.view(start, rows);
    this.#resident ??= Promise.all(
      this.#memory.view(start, rows).map(({ array }) => this.#engine.upload(array)),
    );
    return this.#resident;
  }
}

/** Puts what a run gave where it belongs, unless it was written there. */
async function storeIn(kept: readonly Storage[], after: readonly Storage[]): Promise<void> {
  for (const [i, storage] of after.entries()) {
    if (storage === kept[i]) continue;
    (kept[i].array!.data as Float32Array).set((await storage.read()).data as Float32Array);
  }
}
