import { HostStorage, Variable } from "../graph/index.js";
import { zerosArray } from "../tensor/index.js";

export interface KeyValueCacheOptions {
  readonly batch: number;
  /** Key/value heads. */
  readonly groups: number;
  /** Positions there is room for. */
  readonly capacity: number;
  readonly headWidth: number;
}

/**
 * Keys and values of what one attention layer has read, for a batch: `Attention.decode` appends to them, in place.
 *
 * @example new KeyValueCache({ batch: 1, groups: 2, capacity: 16, headWidth: 8 }).bytes // 2048
 */
export class KeyValueCache {
  /** [batch, groups, capacity, headWidth] */
  readonly keys: Variable;
  /** [batch, groups, capacity, headWidth] */
  readonly values: Variable;
  /** int32 [batch]: positions filled. */
  readonly past: Variable;

  constructor(readonly options: KeyValueCacheOptions) {
    const { batch, groups, capacity, headWidth } = options;
    const shape = [batch, groups, capacity, headWidth];
    this.keys = new Variable(new HostStorage(zerosArray(shape)), "cache.keys", false);
    this.values = new Variable(new HostStorage(zerosArray(shape)), "cache.values", false);
    this.past = new Variable(zerosArray([batch], "int32"), "cache.past", false);
  }

  get bytes(): number {
    const { batch, groups, capacity, headWidth } = this.options;
    return 2 * 4 * batch * groups * capacity * headWidth;
  }

  /** Forgets everything: the next position is 0. */
  reset(): void {
    this.past.load(new HostStorage(zerosArray([this.options.batch], "int32")));
  }
}
