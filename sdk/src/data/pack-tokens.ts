import { readFile } from "node:fs/promises";
import { GradlabError } from "../errors.js";
import type { Batch } from "./collate.js";

/** Token ids end to end, documents parted by the end-of-text token. */
export type TokenArray = Uint16Array | Int32Array;

/**
 * A long stream of tokens seen as windows of `windowLength` predictions, for pre-training. Windows follow each
 * other and share one token (the last target of one is the first input of the next), so that every token but
 * the first is predicted exactly once in an epoch.
 *
 * @throws E_DATA_EMPTY when the stream is shorter than one window
 * @example
 * const windows = packTokens(tokens, 512);
 * windows.batch([0, 7]) // a Batch of [2, 512]
 */
export class PackedTokens {
  readonly tokens: TokenArray;
  readonly windowLength: number;
  /** How many windows there are. */
  readonly length: number;
  /** Tokens at the end that fill no window. */
  readonly droppedTokens: number;

  constructor(tokens: TokenArray, windowLength: number) {
    if (!Number.isInteger(windowLength) || windowLength < 1)
      throw new GradlabError(
        "E_CONFIG",
        `The window length must be a positive integer, got ${windowLength}.`,
        {
          hint: "Use the model's context length.",
          where: "windowLength",
        },
      );
    this.tokens = tokens;
    this.windowLength = windowLength;
    this.length = Math.max(0, Math.floor((tokens.length - 1) / windowLength));
    this.droppedTokens = tokens.length - (this.length > 0 ? this.length * windowLength + 1 : 0);
    if (this.length === 0)
      throw new GradlabError(
        "E_DATA_EMPTY",
        `${tokens.length} tokens do not fill one window of ${windowLength} predictions.`,
        { hint: `Give at least ${windowLength + 1} tokens, or use a shorter window.` },
      );
  }

  /** The tokens of one window: windowLength + 1 of them, a view. @throws E_INDEX */
  at(index: number): TokenArray {
    if (!Number.isInteger(index) || index < 0 || index >= this.length)
      throw new GradlabError("E_INDEX", `Window ${index} does not exist; there are ${this.length}.`);
    const start = index * this.windowLength;
    return this.tokens.subarray(start, start + this.windowLength + 1);
  }

  /** Windows → Batch, all weights 1. @throws E_INDEX */
  batch(indices: ArrayLike<number>): Batch {
    const length = this.windowLength;
    const inputIds = new Int32Array(indices.length * length);
    const targets = new Int32Array(indices.length * length);
    for (let row = 0; row < indices.length; row++) {
      const window = this.at(indices[row]);
      inputIds.set(window.subarray(0, length), row * length);
      targets.set(window.subarray(1), row * length);
    }
    const weights = new Float32Array(inputIds.length).fill(1);
    return { inputIds, targets, weights, batchSize: indices.length, length };
  }
}

/**
 * Packs tokens, or parts that are put end to end, into windows; see `PackedTokens`.
 *
 * @throws E_DATA_EMPTY; E_CONFIG
 */
export function packTokens(tokens: TokenArray | Iterable<TokenArray>, windowLength: number): PackedTokens {
  if (tokens instanceof Uint16Array || tokens instanceof Int32Array)
    return new PackedTokens(tokens, windowLength);
  const parts = [...tokens];
  const joined = new Int32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return new PackedTokens(joined, windowLength);
}

/**
 * Reads a file of little-endian uint16 token ids, as the corpus build writes it.
 *
 * @throws E_FILE_NOT_FOUND; E_FILE_FORMAT for an odd size; E_DATA_EMPTY
 */
export async function readTokens(path: string): Promise<Uint16Array> {
  const bytes = await readFile(path).catch((cause: unknown) => {
    throw new GradlabError("E_FILE_NOT_FOUND", `There is no file ${path}.`, { where: path, cause });
  });
  if (bytes.length === 0) throw new GradlabError("E_DATA_EMPTY", `${path} is empty.`, { where: path });
  if (bytes.length % 2 !== 0)
    throw new GradlabError("E_FILE_FORMAT", `${path} has ${bytes.length} bytes: not whole uint16 tokens.`, {
      where: path,
    });
  const copy = new Uint8Array(bytes.length);
  copy.set(bytes);
  return new Uint16Array(copy.buffer);
}
