import { ServerError } from "../errors.js";

/** Failed logins that an address may have at once, and seconds until one of them is forgotten. */
const BURST = 5;
const REFILL = 12;
/** Addresses remembered; beyond it the oldest is forgotten. */
const REMEMBERED = 10_000;

/** Slows the guessing of passwords: five failures, then one in twelve seconds for each address. */
export class RateLimit {
  readonly #failures = new Map<string, { count: number; at: number }>();

  /** Throws E_TOO_OFTEN, before anything is compared, for an address that failed too often. */
  check(address: string, now = Date.now()): void {
    const count = this.#count(address, now);
    if (Math.ceil(count) < BURST) return;
    const seconds = Math.max(1, Math.ceil((count - BURST + 1) * REFILL));
    throw new ServerError("E_TOO_OFTEN", "Too many failed logins.", {
      headers: { "Retry-After": String(seconds) },
    });
  }

  fail(address: string, now = Date.now()): void {
    const count = this.#count(address, now) + 1;
    this.#failures.delete(address);
    this.#failures.set(address, { count, at: now });
    if (this.#failures.size > REMEMBERED) this.#failures.delete(this.#failures.keys().next().value as string);
  }

  /** Takes one failure back: it was none. */
  forgive(address: string): void {
    const found = this.#failures.get(address);
    if (found !== undefined) found.count = Math.max(0, found.count - 1);
  }

  #count(address: string, now: number): number {
    const found = this.#failures.get(address);
    return found === undefined ? 0 : Math.max(0, found.count - (now - found.at) / (REFILL * 1000));
  }
}
