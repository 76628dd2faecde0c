import { closeSync, openSync, renameSync, writeSync } from "node:fs";
import { encode, type GgufType } from "./encode.js";

const TYPE_ID: Readonly<Record<GgufType, number>> = { F32: 0, F16: 1, Q4_0: 2, Q8_0: 8 };
const BYTES_PER_32: Readonly<Record<GgufType, number>> = { F32: 128, F16: 64, Q4_0: 18, Q8_0: 34 };
const ALIGN = 32;

export type GgufValue =
  | { readonly u32: number }
  | { readonly f32: number }
  | { readonly text: string }
  | { readonly bool: boolean };

export interface GgufTensor {
  readonly name: string;
  /** Row-major shape, outermost first. */
  readonly shape: readonly number[];
  readonly type: GgufType;
  data(): Float32Array;
}

function u32(value: number): Buffer {
  const b = Buffer.alloc(4);
  b.writeUInt32LE(value);
  return b;
}

function u64(value: number): Buffer {
  const b = Buffer.alloc(8);
  b.writeBigUInt64LE(BigInt(value));
  return b;
}

function text(value: string): Buffer {
  const b = Buffer.from(value, "utf8");
  return Buffer.concat([u64(b.length), b]);
}

function valueBytes(value: GgufValue): Buffer {
  if ("u32" in value) return Buffer.concat([u32(4), u32(value.u32)]);
  if ("text" in value) return Buffer.concat([u32(8), text(value.text)]);
  if ("bool" in value) return Buffer.concat([u32(7), Buffer.from([value.bool ? 1 : 0])]);
  const b = Buffer.alloc(4);
  b.writeFloatLE(value.f32);
  return Buffer.concat([u32(6), b]);
}

function padded(bytes: number): number {
  return Math.ceil(bytes / ALIGN) * ALIGN;
}

function sizeOf(t: GgufTensor): number {
  return (t.shape.reduce((a, b) => a * b, 1) / 32) * BYTES_PER_32[t.type];
}

function header(metadata: Readonly<Record<string, GgufValue>>, tensors: readonly GgufTensor[]): Buffer {
  const entries = Object.entries(metadata);
  const parts = [Buffer.from("GGUF"), u32(3), u64(tensors.length), u64(entries.length)];
  for (const [key, value] of entries) parts.push(text(key), valueBytes(value));
  let at = 0;
  for (const t of tensors) {
    parts.push(
      text(t.name),
      u32(t.shape.length),
      ...[...t.shape].reverse().map(u64),
      u32(TYPE_ID[t.type]),
      u64(at),
    );
    at += padded(sizeOf(t));
  }
  const bytes = Buffer.concat(parts);
  return Buffer.concat([bytes, Buffer.alloc(padded(bytes.length) - bytes.length)]);
}

/** Writes a GGUF v3 file, one tensor in memory at a time; renamed into place when complete. */
export function writeGguf(
  path: string,
  metadata: Readonly<Record<string, GgufValue>>,
  tensors: readonly GgufTensor[],
): void {
  const file = openSync(path + ".tmp", "w");
  writeSync(file, header(metadata, tensors));
  for (const t of tensors) {
    const bytes = encode(t.data(), t.type);
    if (bytes.length !== sizeOf(t))
      throw new RangeError(`${t.name}: ${bytes.length} bytes for shape ${t.shape.join("x")}`);
    writeSync(file, bytes);
    writeSync(file, Buffer.alloc(padded(bytes.length) - bytes.length));
  }
  closeSync(file);
  renameSync(path + ".tmp", path);
}
