const M = 0x5bd1e995;

/**
 * MurmurHash2 (Austin Appleby, 32 bits) of a text's UTF-8 bytes, as JupyterLab's debugger computes it:
 * front end and kernel name a cell's source by this number without asking each other.
 *
 * JupyterLab multiplies in floating point, 16 bits at a time, and keeps what bit operators keep of the sum;
 * for 32-bit values that is the product modulo 2³², which is `Math.imul`.
 *
 * @example murmur2("1 + 1", 0xc70f6907); // the same number in front end and kernel
 */
export function murmur2(text: string, seed: number): number {
  const bytes = Buffer.from(text, "utf8");
  let hash = seed ^ bytes.length;
  const whole = bytes.length & ~3;
  for (let i = 0; i < whole; i += 4) {
    let word = Math.imul(bytes.readInt32LE(i), M);
    word = Math.imul(word ^ (word >>> 24), M);
    hash = Math.imul(hash, M) ^ word;
  }
  const rest = bytes.length - whole;
  if (rest === 3) hash ^= bytes[whole + 2] << 16;
  if (rest >= 2) hash ^= bytes[whole + 1] << 8;
  if (rest >= 1) hash = Math.imul(hash ^ bytes[whole], M);
  hash = Math.imul(hash ^ (hash >>> 13), M);
  return (hash ^ (hash >>> 15)) >>> 0;
}
