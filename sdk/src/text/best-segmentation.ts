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
): number[] {
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
  const found: number[] = [];
  for (let end = chars.length; end > 0; end = from[end]) {
    if (token[end] === unknown && bytes) found.push(...spelled(chars[end - 1], bytes));
    else if (token[end] !== unknown || found.at(-1) !== unknown) found.push(token[end]);
  }
  return found.reverse();
}

/** Last byte first, as the segmentation is walked from its end. */
const spelled = (char: string, bytes: Int32Array): number[] =>
  Array.from(new TextEncoder().encode(char), (byte) => bytes[byte]).reverse();
