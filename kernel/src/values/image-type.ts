/** First bytes → type. */
const MAGIC: readonly (readonly [type: string, bytes: readonly number[]])[] = [
  ["image/png", [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]],
  ["image/jpeg", [0xff, 0xd8, 0xff]],
  ["image/gif", [...Buffer.from("GIF87a")]],
  ["image/gif", [...Buffer.from("GIF89a")]],
  ["application/pdf", [...Buffer.from("%PDF-")]],
];

/** What an image's or a PDF's bytes say they are; undefined for anything else. */
export function imageType(bytes: Uint8Array): string | undefined {
  const found = MAGIC.find(([, magic]) => magic.every((byte, i) => bytes[i] === byte));
  if (found !== undefined) return found[0];
  const text = (from: number, to: number): string => String.fromCharCode(...bytes.subarray(from, to));
  return text(0, 4) === "RIFF" && text(8, 12) === "WEBP" ? "image/webp" : undefined;
}
