import { Lattice } from "./lattice.js";
import type { Pieces } from "./learn-pieces.js";

/**
 * Leaves out the pieces without which the text loses least: a piece's occurrences become those of its second best segmentation, and
 * what that costs in ln likelihood is its loss. Characters and pieces that cannot be put together from others stay.
 *
 * @param size pieces that remain, in order: those that stay, then by loss
 * @source Kudo 2018, §3.2; Kudo and Richardson 2018's code, `PruneSentencePieces`
 */
export function prunePieces(
  { texts, scores }: Pieces,
  words: ReadonlyMap<string, number>,
  size: number,
): Pieces {
  const lattice = new Lattice(texts, scores);
  const counts = bestCounts(lattice, words, texts.length);
  const sum = counts.reduce((all, count) => all + count, 0);
  const kept = [0];
  const candidates: [id: number, loss: number][] = [];
  for (let id = 1; id < texts.length; id++) {
    lattice.read(texts[id]);
    const parts = lattice.best(true);
    // A piece that is cheaper in parts is in no best segmentation of its own.
    const alternative = parts > -Infinity && parts <= scores[id] ? lattice.path() : [];
    if (alternative.length === 0) {
      if (counts[id] > 0 || parts === -Infinity) kept.push(id);
    } else if (counts[id] > 0) candidates.push([id, lossOf(id, alternative, counts, sum)]);
  }
  candidates.sort(([a, x], [b, y]) => y - x || a - b);
  const rest = candidates.slice(0, Math.max(0, size - kept.length)).map(([id]) => id);
  const chosen = [...kept, ...rest];
  return { texts: chosen.map((id) => texts[id]), scores: Float64Array.from(chosen, (id) => scores[id]) };
}

/** How often each piece is in the best segmentations of all words. */
function bestCounts(lattice: Lattice, words: ReadonlyMap<string, number>, size: number): Float64Array {
  const counts = new Float64Array(size);
  for (const [word, count] of words) {
    lattice.read(word);
    lattice.best();
    for (const id of lattice.path()) counts[id] += count;
  }
  return counts;
}

/** Up to a factor that all have. */
function lossOf(id: number, alternative: readonly number[], counts: Float64Array, sum: number): number {
  const before = Math.log(counts[id]) - Math.log(sum);
  const grown = Math.log(sum + counts[id] * (alternative.length - 1));
  const after = alternative.reduce((all, part) => all + Math.log(counts[part] + counts[id]) - grown, 0);
  return counts[id] * (before - after);
}
