import type { Tensor } from "../graph/index.js";
import { cast } from "./cast.js";
import { randomBits } from "./random-bits.js";
import { argSort } from "./top-k.js";

/**
 * 0 … n−1 in random order, int32: the order of n random numbers.
 *
 * @param key uint32[2]: see randomKey
 * @throws E_DTYPE for another key
 * @example randomPermutation(randomKey(1), 5).sort() // [0, 1, 2, 3, 4]
 */
export const randomPermutation = (key: Tensor, n: number): Tensor =>
  argSort(cast(randomBits(key, [n]), "int32"));
