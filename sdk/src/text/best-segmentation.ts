import type { TracedWord } from "./text-model.js";

/** A vocabulary with scores: ln of each piece's probability. */
export interface PieceScores {
  readonly ids: ReadonlyMap<string, number>;
  readonly scores: ArrayLike<number>;
  /** Pieces that only spell unknown characters: the text "<0x41>" is not one. */
  readonly spelling?: ReadonlySet<number> | undefined;
  readonly unknown: number;
  /** Of a character that no piece covers. */
  readonly unknownScore: number;
  /** Characters of the longest piece. */
  readonly longest: number;
}

/**
 * The segmentation with the highest sum of scores (Viterbi); neighbouring unknown characters are one token, or are spelled
 * with `bytes`, the ids of the 256 bytes.
 *
 * @source Kudo 2018, §3.2; ties and unknown characters as in Hugging Face's Unigram
 */
export function bestSegmentation(
  word: string,
  { ids, scores, spelling, unknown, unknownScore, longest }: PieceScores,
  bytes?: Int32Array,
): TracedWord {
  const chars = Array.from(word);
  const best = new Float64Array(chars.length + 1).fill(-Infinity);
  const from = new Int32Array(chars.length + 1);
  const token = new Int32Array(chars.length + 1);
  best[0] = 0;
  const reach = (start: number, end: number, id: number, score: number): void => {
    if (best[start] + score <= best[end]) return;
    best[end] = best[start] + score;
    from[end] = start;
    token[end] = id;
  };
  for (let start = 0; start < chars.length; start++) {
    let piece = "";
    let known = false;
    for (let end = start + 1; end <= Math.min(chars.length, start + longest); end++) {
      piece += chars[end - 1];
      const id = ids.get(piece);
      if (id === undefined || spelling?.has(id)) continue;
      known ||= end === start + 1;
      reach(start, end, id, scores[id]);
    }
    if (!known) reach(start, start + 1, unknown, unknownScore);
  }
  const ends: number[] = [chars.length];
  for (let end = chars.length; end > 0; end = from[end]) if (from[end] > 0) ends.push(from[end]);
  return tokensOf(chars, ends.reverse(), token, unknown, bytes);
}

/** @param ends in characters; `token` names the piece that ends there */
function tokensOf(
  chars: readonly string[],
  ends: readonly number[],
  token: Int32Array,
  unknown: number,
  bytes: Int32Array | undefined,
): TracedWord {
  const ids: number[] = [];
  const places: number[] = [];
  const add = (id: number, start: number, end: number): void => {
    ids.push(id);
    places.push(start, end);
  };
  let [done, start] = [0, 0];
  for (let i = 0; i < ends.length; i++) {
    const id = token[ends[i]];
    // Unknown neighbours are one.
    if (id === unknown && i + 1 < ends.length && token[ends[i + 1]] === unknown) continue;
    const text = chars.slice(done, ends[i]).join("");
    const end = start + text.length;
    if (id !== unknown || !bytes) add(id, start, end);
    else for (const byte of utf8.encode(text)) add(bytes[byte], start, end);
    [done, start] = [ends[i], end];
  }
  return { ids, places };
}

const utf8 = new TextEncoder();
