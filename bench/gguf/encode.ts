export type GgufType = "F32" | "F16" | "Q8_0" | "Q4_0";

const BLOCK = 32;
const floatBits = new Float32Array(1);
const intBits = new Uint32Array(floatBits.buffer);

/** IEEE binary16 bits of a number, rounded to nearest even. */
function halfBits(value: number): number {
  floatBits[0] = value;
  const bits = intBits[0] ?? 0;
  const sign = (bits >>> 16) & 0x8000;
  const magnitude = bits & 0x7fffffff;
  if (magnitude >= 0x7f800000) return sign | 0x7c00 | (magnitude > 0x7f800000 ? 0x200 : 0);
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  if (magnitude < 0x38800000) {
    // subnormal: a multiple of 2^-24
    const scaled = Math.abs(value) * 0x1000000;
    const floor = Math.floor(scaled);
    const rest = scaled - floor;
    return sign | (rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor);
  }
  const rounded = magnitude + 0xfff + ((magnitude >>> 13) & 1);
  return sign | ((rounded - 0x38000000) >>> 13);
}

function encodeF16(x: Float32Array): Uint8Array {
  const out = new Uint16Array(x.length);
  for (let i = 0; i < x.length; i++) out[i] = halfBits(x[i] ?? 0);
  return new Uint8Array(out.buffer);
}

/** Blocks of 32: f16 scale d = max|x| / 127, then 32 int8. */
function encodeQ8(x: Float32Array): Uint8Array {
  const out = new Uint8Array((x.length / BLOCK) * 34);
  const view = new DataView(out.buffer);
  for (let b = 0, at = 0; b < x.length; b += BLOCK, at += 34) {
    let top = 0;
    for (let j = 0; j < BLOCK; j++) top = Math.max(top, Math.abs(x[b + j] ?? 0));
    const inverse = top === 0 ? 0 : 127 / top;
    view.setUint16(at, halfBits(top / 127), true);
    for (let j = 0; j < BLOCK; j++) view.setInt8(at + 2 + j, Math.round((x[b + j] ?? 0) * inverse));
  }
  return out;
}

/** Blocks of 32: f16 scale d = (value of largest magnitude) / -8, then 16 bytes; low nibbles 0..15, high 16..31. */
function encodeQ4(x: Float32Array): Uint8Array {
  const out = new Uint8Array((x.length / BLOCK) * 18);
  const view = new DataView(out.buffer);
  for (let b = 0, at = 0; b < x.length; b += BLOCK, at += 18) {
    let peak = 0;
    for (let j = 0; j < BLOCK; j++) if (Math.abs(x[b + j] ?? 0) > Math.abs(peak)) peak = x[b + j] ?? 0;
    const inverse = peak === 0 ? 0 : -8 / peak;
    view.setUint16(at, halfBits(peak / -8), true);
    for (let j = 0; j < 16; j++) {
      const low = Math.min(15, Math.floor((x[b + j] ?? 0) * inverse + 8.5));
      const high = Math.min(15, Math.floor((x[b + 16 + j] ?? 0) * inverse + 8.5));
      out[at + 2 + j] = low | (high << 4);
    }
  }
  return out;
}

/** The bytes of a tensor in a GGUF type. Quantized rows must be multiples of 32 wide. */
export function encode(x: Float32Array, type: GgufType): Uint8Array {
  if ((type === "Q8_0" || type === "Q4_0") && x.length % BLOCK !== 0) {
    throw new RangeError(`${type} needs a multiple of ${BLOCK} numbers, got ${x.length}`);
  }
  if (type === "F32") return new Uint8Array(x.buffer, x.byteOffset, x.byteLength);
  return { F16: encodeF16, Q8_0: encodeQ8, Q4_0: encodeQ4 }[type](x);
}
