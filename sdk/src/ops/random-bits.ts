import { apply, defineOp, specText, type Tensor } from "../graph/index.js";
import { GradlabError } from "../errors.js";
import { philox, sameShape, sizeOf, type Shape } from "../tensor/index.js";
import { cast } from "./cast.js";
import { full } from "./constant.js";
import { tensor } from "./tensor.js";
import { unstack } from "./unstack.js";

/** Which use of a key the numbers are for: different uses never see the same numbers. */
const USES = { values: 0, split: 1, fold: 2 } as const;

type RandomAttrs = { readonly shape: readonly number[]; readonly use: number };

/** Word i of a key: word i mod 4 of Philox's block (⌊i/4⌋, data, 0, use). */
export const randomBitsOp = defineOp<RandomAttrs>({
  name: "randomBits",
  doc: "Random 32-bit numbers, a pure function of a key (uint32[2]) and position: Philox 4×32-10.",
  traits: [],
  shape: ([key, data], { shape }) => {
    if (key.dtype !== "uint32" || !sameShape(key.shape, [2])) {
      throw new GradlabError("E_DTYPE", `A random key is uint32[2], got ${specText(key)}.`, {
        hint: "Make one with randomKey(seed), and new ones from it with splitKey or foldIn.",
      });
    }
    if (data && (data.dtype !== "uint32" || data.shape.length > 0)) {
      throw new GradlabError("E_DTYPE", `foldIn takes one uint32 number, got ${specText(data)}.`, {
        hint: 'Convert with .cast("uint32"), and reshape to [].',
      });
    }
    return [{ shape, dtype: "uint32" }];
  },
  vjp: { nondifferentiable: "random bits do not depend smoothly on a key" },
  reference: ([key, data], { shape, use }) => {
    const out = new Float64Array(sizeOf(shape));
    const counter = Uint32Array.of(0, data?.data[0] ?? 0, 0, use);
    for (let i = 0; i < out.length; i += 4) {
      counter[0] = i / 4;
      out.set(philox(counter, [key.data[0], key.data[1]]).subarray(0, Math.min(4, out.length - i)), i);
    }
    return [out];
  },
  samples: () => [
    { inputs: [{ shape: [2], dtype: "uint32", values: [42, 0] }], attrs: { shape: [3, 5], use: 0 } },
    {
      inputs: [{ shape: [2], dtype: "uint32", values: [4294967295, 2147483648] }],
      attrs: { shape: [8], use: 1 },
    },
    {
      inputs: [
        { shape: [2], dtype: "uint32", values: [1, 2] },
        { shape: [], dtype: "uint32", values: [4294967295] },
      ],
      attrs: { shape: [2], use: 2 },
    },
  ],
});

/**
 * The key of a seed: uint32[2], its low and high 32 bits. Keys are tensors, so that a compiled step can take a new one
 * at each call. Use a key once; get more from splitKey and foldIn.
 *
 * @param seed any safe integer
 * @example randomKey(42) // [42, 0]
 */
export const randomKey = (seed: number): Tensor =>
  tensor([seed, Math.floor(seed / 4294967296)], { dtype: "uint32" });

/**
 * Random 32-bit numbers: a pure function of key and position, equal on every engine. `randomBits(randomKey(s), …)` are
 * the numbers of `new Random(s)`.
 *
 * @param key uint32[2]
 * @returns   uint32 of the shape
 * @throws E_DTYPE for another key
 * @source Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3" (Philox 4×32-10)
 * @example randomBits(randomKey(42), [2]) // [2632642643, 2012563771]
 */
export const randomBits = (key: Tensor, shape: Shape): Tensor =>
  apply(randomBitsOp, [key], { shape: [...shape], use: USES.values });

/**
 * Independent keys from one, which is then used up.
 *
 * @throws E_DTYPE unless the key is uint32[2]
 * @example splitKey(randomKey(42), 3).map((key) => key.shape) // [[2], [2], [2]]
 */
export const splitKey = (key: Tensor, count = 2): Tensor[] =>
  unstack(apply(randomBitsOp, [key], { shape: [count, 2], use: USES.split }));

/**
 * A key for a number of one's own: a step, a layer. Other numbers give independent keys.
 *
 * @param data a whole number of up to 32 bits, or an integer tensor of shape []
 * @throws E_DTYPE unless the key is uint32[2]
 * @example foldIn(randomKey(42), 7).shape // [2]
 */
export function foldIn(key: Tensor, data: Tensor | number): Tensor {
  const word = typeof data === "number" ? full([], data, "uint32") : cast(data, "uint32");
  return apply(randomBitsOp, [key, word], { shape: [2], use: USES.fold });
}
