/**
 * GPT-2's printable stand-in for every byte: printable Latin-1 characters stand for themselves, the other 68
 * bytes for U+0100 onwards in order (space is "Ġ"). Vocabulary files store tokens in this alphabet.
 *
 * Source: Radford et al. 2019, encoder.py `bytes_to_unicode`.
 */
const CHAR_OF_BYTE: readonly string[] = buildAlphabet();
const BYTE_OF_CHAR: ReadonlyMap<string, number> = new Map(CHAR_OF_BYTE.map((char, byte) => [char, byte]));

const encoder = new TextEncoder();

function buildAlphabet(): string[] {
  const isPrintable = (byte: number): boolean =>
    (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || (byte >= 0xae && byte <= 0xff);
  let next = 0x100;
  return Array.from({ length: 256 }, (_, byte) => String.fromCodePoint(isPrintable(byte) ? byte : next++));
}

/** The printable character that stands for a byte (0–255). */
export function charOfByte(byte: number): string {
  return CHAR_OF_BYTE[byte];
}

/** The bytes a stored token stands for; a token outside the byte alphabet stands for its own UTF-8. */
export function bytesOfToken(token: string): Uint8Array {
  const bytes = new Uint8Array(token.length);
  for (let i = 0; i < token.length; i++) {
    const byte = BYTE_OF_CHAR.get(token[i]);
    if (byte === undefined) return encoder.encode(token);
    bytes[i] = byte;
  }
  return bytes;
}
