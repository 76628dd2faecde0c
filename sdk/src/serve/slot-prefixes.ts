const NOTHING = new Int32Array();

/**
 * What each slot's cache begins with: the part of its last prompt that was read in whole chunks. Only whole
 * chunks are used again, since the same chunk at the same place gives the same numbers, bit by bit; so an
 * answer does not depend on whether its prompt was known.
 */
export class SlotPrefixes {
  readonly #prefixes: Int32Array[];

  constructor(slots: number) {
    this.#prefixes = Array.from({ length: slots }, () => NOTHING);
  }

  /** The slot that knows most of a prompt, and how many of its tokens. The last token is never counted, as its logits are needed. */
  find(prompt: Int32Array): { readonly slot: number; readonly tokens: number } {
    const tokens = this.#prefixes.map((prefix) => wholeChunks(common(prefix, prompt.subarray(0, -1))));
    const slot = tokens.indexOf(Math.max(...tokens));
    return { slot, tokens: tokens[slot] };
  }

  /** @param fed tokens of the prompt in the slot's cache */
  set(slot: number, prompt: Int32Array, fed: number): void {
    this.#prefixes[slot] = prompt.subarray(0, wholeChunks(fed));
  }

  copy(from: number, to: number): void {
    this.#prefixes[to] = this.#prefixes[from];
  }

  /** The slot's cache can no longer be trusted. */
  forget(slot: number): void {
    this.#prefixes[slot] = NOTHING;
  }
}

/** Prompt tokens read between two decode steps: few enough that the other rows hardly wait. */
export const PREFILL_CHUNK = 64;

const wholeChunks = (tokens: number): number => tokens - (tokens % PREFILL_CHUNK);

function common(a: Int32Array, b: Int32Array): number {
  const length = Math.min(a.length, b.length);
  let same = 0;
  while (same < length && a[same] === b[same]) same++;
  return same;
}
