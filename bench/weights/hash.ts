/** FNV-1a of the ASCII name. */
function seedOf(name: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) h = Math.imul(h ^ name.charCodeAt(i), 0x01000193);
  return h >>> 0;
}

function mix(i: number, seed: number): number {
  let x = (Math.imul(i, 0x9e3779b1) + seed) | 0;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}

/**
 * `count` float32 numbers, uniform with mean 0 and standard deviation `std`, a pure function of name and position, so that
 * every peer (here, peers/shared_weights.py) starts from equal weights without a file between them.
 */
export function hashUniform(name: string, count: number, std: number): Float32Array {
  const out = new Float32Array(count);
  const [seed, width] = [seedOf(name), 2 * std * Math.sqrt(3)];
  for (let i = 0; i < count; i++) out[i] = ((mix(i, seed) >>> 8) / 0x1000000 - 0.5) * width;
  return out;
}

/** `count` integers in [0, high), by the same hash. */
export function hashIntegers(name: string, count: number, high: number): Int32Array {
  const seed = seedOf(name);
  return Int32Array.from({ length: count }, (_, i) => mix(i, seed) % high);
}
