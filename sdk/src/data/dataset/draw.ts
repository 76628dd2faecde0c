import { philox } from "../../tensor/index.js";

// Keep the numbers of operators apart, and from those of other uses of the same seed.
const PURPOSE = { shuffle: 0x5eedda7a, interleave: 0x5eed1eaf } as const;

/** The n-th number of a seed, uniform over [0, 1): a function of its arguments alone, so that draws can be resumed. */
export function draw(purpose: keyof typeof PURPOSE, seed: number, n: number): number {
  const counter = Uint32Array.of(n, Math.floor(n / 4294967296), PURPOSE[purpose], 1);
  return philox(counter, [seed | 0, Math.floor(seed / 4294967296)])[0] / 4294967296;
}
