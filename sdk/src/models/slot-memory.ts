import { HostStorage } from "../graph/index.js";
import { hostArray, sizeOf, type HostArray } from "../tensor/index.js";
import type { Kept } from "./kept.js";

/** What is kept of several sequences, each in a slot of every array. */
export class SlotMemory {
  readonly #arrays: readonly Float32Array[];
  readonly #views = new Map<string, readonly HostStorage[]>();

  constructor(
    readonly kept: readonly Kept[],
    slots: number,
  ) {
    // Untouched pages are never committed, so a large capacity costs nothing until it is used.
    this.#arrays = kept.map(({ shape }) => new Float32Array(new ArrayBuffer(4 * slots * sizeOf(shape))));
  }

  /** When full. */
  get bytes(): number {
    return this.#arrays.reduce((sum, { byteLength }) => sum + byteLength, 0);
  }

  /** Each array's slots start … start + rows − 1 as one, [rows, …]. */
  view(start: number, rows: number): readonly HostStorage[] {
    const key = `${start}:${rows}`;
    const known = this.#views.get(key);
    if (known) return known;
    const views = this.kept.map(({ shape }, i): HostStorage => {
      const size = sizeOf(shape);
      const part: HostArray = hostArray(this.#arrays[i].subarray(start * size, (start + rows) * size), [
        rows,
        ...shape,
      ]);
      return new HostStorage(part);
    });
    this.#views.set(key, views);
    return views;
  }

  /** Copies a slot over another: of what grows, the first `tokens` alone. */
  copy(from: number, to: number, tokens: number): void {
    this.kept.forEach(({ shape, grows }, i) => {
      const size = sizeOf(shape);
      const [rows, stride] = grows ? [shape[0], size / shape[0]] : [1, size];
      const length = grows ? tokens * shape[2] : size;
      for (let row = 0; row < rows; row++) {
        const source = from * size + row * stride;
        this.#arrays[i].copyWithin(to * size + row * stride, source, source + length);
      }
    });
  }
}
