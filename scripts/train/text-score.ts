import { type PackedTokens, packTokens, readTokens, tensor, type Tensor, type TextTokenizer } from "gradlab";

/** Windows that one run of a program reads. */
const ROWS = 8;

/** A held-out file, as far as it fills windows. */
export interface HeldOutText {
  readonly windows: PackedTokens;
  /** The tokens of the windows, the first of which is not predicted. */
  readonly tokens: Uint16Array;
  /** Of what is predicted, as text without special tokens. */
  readonly bytes: number;
  readonly characters: number;
}

export async function openText(path: string, window: number, tokenizer: TextTokenizer): Promise<HeldOutText> {
  const all = await readTokens(path);
  const windows = packTokens(all, window);
  const tokens = all.subarray(0, windows.length * window + 1);
  const text = tokenizer.decode(tokens.subarray(1), { skipSpecialTokens: true });
  return { windows, tokens, bytes: Buffer.byteLength(text), characters: Array.from(text).length };
}

/** Adds up, over all windows, what a program gives for some of them. */
export async function sumsOver<K extends string>(
  windows: PackedTokens,
  program: (ids: Tensor, targets: Tensor) => Promise<Readonly<Record<K, Tensor>>>,
): Promise<Record<K, number>> {
  const sums: Partial<Record<K, number>> = {};
  for (let at = 0; at < windows.length; at += ROWS) {
    const rows = Array.from({ length: Math.min(ROWS, windows.length - at) }, (_, i) => at + i);
    const { inputIds, targets, batchSize, length } = windows.batch(rows);
    const [ids, next] = [inputIds, targets].map((data) => tensor(data, { shape: [batchSize, length] }));
    const said = await program(ids, next);
    for (const name of Object.keys(said) as K[]) sums[name] = (sums[name] ?? 0) + (await said[name].item());
  }
  return sums as Record<K, number>;
}

/** Nats as bits per byte of the text. */
export const bitsPerByteOf = (nats: number, { bytes }: HeldOutText): number => nats / Math.LN2 / bytes;
