/** Words of more units are encoded anew each time. */
const LONGEST = 64;

/**
 * A bounded memory of words already encoded: two generations, so that words in use survive and a stream of new
 * words never grows it beyond twice `limit`.
 */
export class WordCache {
  #young = new Map<string, Int32Array>();
  #old = new Map<string, Int32Array>();
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get(word: string): Int32Array | undefined {
    const found = this.#young.get(word);
    if (found !== undefined) return found;
    const aged = this.#old.get(word);
    if (aged !== undefined) this.set(word, aged);
    return aged;
  }

  /** The ids of a word, encoded unless they are known; long words are not kept. */
  find(word: string, encode: (word: string) => { readonly ids: ArrayLike<number> }): Int32Array {
    const known = this.get(word);
    if (known !== undefined) return known;
    const ids = Int32Array.from(encode(word).ids);
    if (word.length <= LONGEST) this.set(word, ids);
    return ids;
  }

  set(word: string, ids: Int32Array): void {
    if (this.#young.size >= this.#limit) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(word, ids);
  }
}
