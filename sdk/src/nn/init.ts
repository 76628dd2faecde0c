import { hostArray, Random, sizeOf, type HostArray, type Shape } from "../tensor/index.js";

/** How a fresh parameter is filled. */
export type Init = { readonly normal: number } | { readonly constant: number } | { readonly uniform: number };

/**
 * Fresh values for a parameter. Each name has its own stream of the seed, so that adding a parameter
 * does not change the others.
 *
 * @example initialize("w", [2, 2], { normal: 0.02 }, 42).shape // [2, 2]
 */
export function initialize(name: string, shape: Shape, init: Init, seed: number): HostArray {
  const random = new Random(seed, streamOf(name));
  const draw =
    "normal" in init
      ? () => init.normal * random.normal()
      : "uniform" in init
        ? () => init.uniform * (2 * random.uniform() - 1)
        : () => init.constant;
  const data = new Float32Array(sizeOf(shape));
  for (let i = 0; i < data.length; i++) data[i] = draw();
  return hostArray(data, shape);
}

/** FNV-1a of the name. */
function streamOf(name: string): number {
  let hash = 0x811c9dc5;
  for (const char of name) hash = Math.imul(hash ^ char.codePointAt(0)!, 0x01000193);
  return hash >>> 0;
}
