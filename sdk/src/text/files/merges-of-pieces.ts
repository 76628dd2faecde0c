/**
 * The merges that give the pieces of a vocabulary, best piece first: every way to put a piece together from two others.
 * SentencePiece and tiktoken store pieces only, and join any two neighbours whose whole is a piece.
 *
 * @param pieces best first, in the text form the vocabulary stores
 * @source Hugging Face transformers, convert_slow_tokenizer.py (`generate_merges`, `TikTokenConverter`)
 */
export function mergesOfPieces(
  pieces: readonly string[],
  rankOf: ReadonlyMap<string, number>,
): [left: string, right: string][] {
  const merges: [left: string, right: string][] = [];
  for (const piece of pieces) {
    const ways: { left: string; right: string; order: number }[] = [];
    for (let at = 1; at < piece.length; at++) {
      const [left, right] = [piece.slice(0, at), piece.slice(at)];
      const [first, second] = [rankOf.get(left), rankOf.get(right)];
      if (first !== undefined && second !== undefined)
        ways.push({ left, right, order: first * 2 ** 26 + second });
    }
    ways.sort((a, b) => a.order - b.order);
    for (const { left, right } of ways) merges.push([left, right]);
  }
  return merges;
}
