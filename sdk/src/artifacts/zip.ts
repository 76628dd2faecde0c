import { inflateRawSync } from "node:zlib";
import { crc32 } from "./crc32.js";
import { type OpenFile, formatError } from "./file.js";

/** One file inside an archive. */
export interface ZipEntry {
  readonly name: string;
  readonly size: number;
  readonly compressedSize: number;
  readonly stored: boolean;
  readonly crc: number;
  readonly headerOffset: number;
}

const END = 0x06054b50;
const END64 = 0x06064b50;
const LOCATOR64 = 0x07064b50;
const CENTRAL = 0x02014b50;
const LOCAL = 0x04034b50;
const MAX_ENTRIES = 1_000_000;
const MAX_DIRECTORY = 1 << 28;
/** Weights do not compress; an entry that promises more than this times its size is taken for an attack. */
const MAX_RATIO = 100;
const SMALL = 1 << 20;

/**
 * Reads an archive's central directory: where each file lies. Nothing is unpacked.
 *
 * Source: PKWARE APPNOTE 6.3.10 (with Zip64, which PyTorch writes for large files).
 *
 * @throws E_FILE_FORMAT for a damaged archive, encryption, unknown compression or an entry that unpacks absurdly
 */
export async function readZipDirectory(
  file: OpenFile,
  maxRatio = MAX_RATIO,
): Promise<ReadonlyMap<string, ZipEntry>> {
  const { count, offset, size } = await findDirectory(file);
  if (count > MAX_ENTRIES || size > MAX_DIRECTORY || offset + size > file.size)
    throw formatError(
      file.path,
      offset,
      "The archive's directory is damaged.",
      "a directory inside the file",
      size,
    );
  const bytes = await file.read(offset, size);
  const entries = new Map<string, ZipEntry>();
  let at = 0;
  for (let i = 0; i < count; i++) {
    const { entry, next } = parseCentral(file, bytes, at, offset);
    checkRatio(file, entry, maxRatio, offset + at);
    if (entries.has(entry.name))
      throw formatError(file.path, offset + at, `"${entry.name}" occurs twice.`, "unique names", entry.name);
    entries.set(entry.name, entry);
    at = next;
  }
  checkOverlap(file, [...entries.values()]);
  return entries;
}

/** Where an entry's bytes begin in the file. */
export async function entryOffset(file: OpenFile, entry: ZipEntry): Promise<number> {
  const header = viewOf(await file.read(entry.headerOffset, 30));
  const magic = header.getUint32(0, true);
  if (magic !== LOCAL)
    throw formatError(
      file.path,
      entry.headerOffset,
      `"${entry.name}" has no header.`,
      hex(LOCAL),
      hex(magic),
    );
  const start = entry.headerOffset + 30 + header.getUint16(26, true) + header.getUint16(28, true);
  if (start + entry.compressedSize > file.size)
    throw formatError(
      file.path,
      file.size,
      `The file is truncated in "${entry.name}".`,
      start + entry.compressedSize,
      file.size,
    );
  return start;
}

/**
 * The content of an entry, its checksum verified.
 *
 * @throws E_FILE_FORMAT when it is damaged
 */
export async function readEntry(file: OpenFile, entry: ZipEntry): Promise<Uint8Array> {
  const start = await entryOffset(file, entry);
  const packed = await file.read(start, entry.compressedSize);
  const content = entry.stored ? packed : inflate(file, entry, packed, start);
  if (content.byteLength !== entry.size)
    throw formatError(
      file.path,
      start,
      `"${entry.name}" has the wrong size.`,
      entry.size,
      content.byteLength,
    );
  const sum = crc32(content);
  if (sum !== entry.crc)
    throw formatError(
      file.path,
      start,
      `"${entry.name}" is damaged: its checksum differs.`,
      hex(entry.crc),
      hex(sum),
    );
  return content;
}

function inflate(file: OpenFile, entry: ZipEntry, packed: Uint8Array, start: number): Uint8Array {
  try {
    const plain = inflateRawSync(packed, { maxOutputLength: Math.max(1, entry.size) });
    return new Uint8Array(plain);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw formatError(file.path, start, `"${entry.name}" cannot be unpacked.`, `${entry.size} bytes`, why);
  }
}

async function findDirectory(file: OpenFile): Promise<{ count: number; offset: number; size: number }> {
  const length = Math.min(file.size, 22 + 65535);
  const start = file.size - length;
  const tail = viewOf(await file.read(start, length));
  let at = length - 22;
  while (at >= 0 && tail.getUint32(at, true) !== END) at--;
  if (at < 0)
    throw formatError(
      file.path,
      start,
      "The archive has no directory; it may be truncated.",
      hex(END),
      "none",
    );
  const [count, size, offset] = [
    tail.getUint16(at + 10, true),
    tail.getUint32(at + 12, true),
    tail.getUint32(at + 16, true),
  ];
  const wide = count === 0xffff || size === 0xffffffff || offset === 0xffffffff;
  return wide ? findDirectory64(file, start + at) : { count, offset, size };
}

async function findDirectory64(
  file: OpenFile,
  end: number,
): Promise<{ count: number; offset: number; size: number }> {
  const locator = viewOf(await file.read(Math.max(0, end - 20), 20));
  const place = locator.getUint32(0, true) === LOCATOR64 ? Number(locator.getBigUint64(8, true)) : -1;
  const record = place >= 0 && place + 56 <= file.size ? viewOf(await file.read(place, 56)) : undefined;
  if (record?.getUint32(0, true) !== END64)
    throw formatError(file.path, end - 20, "The archive's Zip64 directory is damaged.", hex(END64), "none");
  const read = (offset: number): number => Number(record.getBigUint64(offset, true));
  return { count: read(32), size: read(40), offset: read(48) };
}

function parseCentral(
  file: OpenFile,
  bytes: Uint8Array,
  at: number,
  base: number,
): { entry: ZipEntry; next: number } {
  const view = viewOf(bytes);
  if (at + 46 > bytes.byteLength || view.getUint32(at, true) !== CENTRAL)
    throw formatError(
      file.path,
      base + at,
      "The archive's directory is damaged.",
      hex(CENTRAL),
      "other bytes",
    );
  const [nameLength, extraLength] = [view.getUint16(at + 28, true), view.getUint16(at + 30, true)];
  const next = at + 46 + nameLength + extraLength + view.getUint16(at + 32, true);
  if (next > bytes.byteLength)
    throw formatError(
      file.path,
      base + at,
      "The archive's directory is damaged.",
      `${next} bytes`,
      bytes.byteLength,
    );
  const name = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + nameLength));
  const sizes = wideSizes(view, at, at + 46 + nameLength, extraLength);
  const method = view.getUint16(at + 10, true);
  const flags = view.getUint16(at + 8, true);
  const entry = { name, ...sizes, stored: method === 0, crc: view.getUint32(at + 16, true) };
  checkEntry(file, entry, method, flags, base + at);
  return { entry, next };
}

/** Sizes and place, from the Zip64 field where the plain ones are full. */
function wideSizes(
  view: DataView,
  at: number,
  extraAt: number,
  extraLength: number,
): Pick<ZipEntry, "size" | "compressedSize" | "headerOffset"> {
  let wide = 0;
  for (let i = extraAt; i + 4 <= extraAt + extraLength; i += 4 + view.getUint16(i + 2, true))
    if (view.getUint16(i, true) === 1) wide = i + 4;
  const pick = (offset: number): number => {
    const plain = view.getUint32(at + offset, true);
    if (plain !== 0xffffffff || wide === 0 || wide + 8 > view.byteLength) return plain;
    wide += 8;
    return Number(view.getBigUint64(wide - 8, true));
  };
  const size = pick(24);
  const compressedSize = pick(20);
  return { size, compressedSize, headerOffset: pick(42) };
}

function checkEntry(file: OpenFile, entry: ZipEntry, method: number, flags: number, at: number): void {
  const { name, size, compressedSize } = entry;
  if ((flags & 1) !== 0)
    throw formatError(file.path, at, `"${name}" is encrypted.`, "plain data", "encryption");
  if (method !== 0 && method !== 8)
    throw formatError(file.path, at, `"${name}" is compressed in an unknown way.`, "method 0 or 8", method);
  if (method === 0 && size !== compressedSize)
    throw formatError(file.path, at, `"${name}" is stored with two sizes.`, size, compressedSize);
  if (entry.headerOffset + 30 + compressedSize > file.size)
    throw formatError(
      file.path,
      at,
      `"${name}" lies outside the file.`,
      `at most ${file.size}`,
      entry.headerOffset + 30 + compressedSize,
    );
}

function checkRatio(
  file: OpenFile,
  { name, size, compressedSize }: ZipEntry,
  limit: number,
  at: number,
): void {
  if (size > SMALL && size > compressedSize * limit)
    throw formatError(
      file.path,
      at,
      `"${name}" would unpack absurdly large.`,
      `at most ${limit}:1`,
      `${size} bytes from ${compressedSize}`,
    );
}

/** Entries that share bytes are another way to unpack to more than a file can hold. */
function checkOverlap(file: OpenFile, entries: readonly ZipEntry[]): void {
  const sorted = [...entries].sort((a, b) => a.headerOffset - b.headerOffset);
  sorted.slice(1).forEach((entry, i) => {
    const end = sorted[i].headerOffset + 30 + sorted[i].compressedSize;
    if (entry.headerOffset < end)
      throw formatError(
        file.path,
        entry.headerOffset,
        `"${entry.name}" overlaps "${sorted[i].name}".`,
        `${end} or later`,
        entry.headerOffset,
      );
  });
}

const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
const hex = (value: number): string => `0x${(value >>> 0).toString(16).padStart(8, "0")}`;
