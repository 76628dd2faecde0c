import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { GpuAccounts } from "./storage.js";

/** Bytes on the device that may pile up before somebody looks. */
const PATIENCE_BYTES = 256 * 2 ** 20;

/**
 * Keeps dead values from filling the device. To the host a value of gigabytes on the GPU is an object of a
 * hundred bytes, so it would not think of collecting any; and the library gives freed memory back only when
 * it waits for the GPU, as it does when a value is read.
 */
export class Collector {
  #base = 0;
  #freedAtRead = 0;
  #collect: (() => void) | undefined;

  constructor(
    readonly accounts: GpuAccounts,
    readonly wait: () => void,
  ) {}

  /** Called before each run: resolves when what can be freed is freed, if there is much of it. */
  async visit(): Promise<void> {
    this.#base = Math.min(this.#base, this.accounts.live);
    if (this.accounts.live - this.#base >= Math.max(PATIENCE_BYTES, this.#base)) await this.#sweep();
    if (this.accounts.freed - this.#freedAtRead >= PATIENCE_BYTES) this.#waitNow();
  }

  /** A value has been read: the library has given back what was freed until now. */
  hasRead(): void {
    this.#freedAtRead = this.accounts.freed;
  }

  #waitNow(): void {
    this.wait();
    this.hasRead();
  }

  async #sweep(): Promise<void> {
    this.#collect ??= exposeCollector();
    this.#collect();
    // Storages are freed in tasks of their own after the collection.
    await new Promise((resolve) => setTimeout(resolve));
    this.#base = this.accounts.live;
  }
}

function exposeCollector(): () => void {
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc") as () => void;
}
