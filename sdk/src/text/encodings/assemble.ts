import type { TemplatePiece } from "../templates.js";
import { columnsOf, type Encoding } from "./encoding.js";

/** One or two texts in the places that the template gives them, each overflowing part too. */
export function assemble(texts: readonly Encoding[], pieces: readonly TemplatePiece[]): Encoding {
  const [first, ...overflowing] = combinations(texts).map((parts) => placed(parts, pieces));
  return first.with({}, overflowing);
}

/** The parts of both texts, each with each: the parts that overflow the first one before those of the second alone. */
function combinations([first, second]: readonly (Encoding | undefined)[]): readonly (readonly Encoding[])[] {
  if (!first) return [];
  const [whole, ...rest] = [first, ...first.overflowing];
  if (!second) return [[whole], ...rest.map((part) => [part])];
  const others = [second, ...second.overflowing];
  return [
    [whole, second],
    ...rest.flatMap((part) => others.map((other) => [part, other])),
    ...second.overflowing.map((other) => [whole, other]),
  ];
}

function placed(texts: readonly Encoding[], pieces: readonly TemplatePiece[]): Encoding {
  const parts = pieces.map((piece) => {
    if ("text" in piece) {
      const at = piece.text === "A" ? 0 : 1;
      const text = texts[at];
      const all = (value: number): Int32Array => new Int32Array(text.length).fill(value);
      return text.with({ types: all(piece.type), sequences: all(at) }, []);
    }
    return specialTokens(texts[0], piece.ids, piece.type);
  });
  return parts.reduce((whole, part) => whole.concat(part), texts[0].slice(0, 0));
}

function specialTokens(like: Encoding, ids: readonly number[], type: number): Encoding {
  const fill = (value: number): Int32Array => new Int32Array(ids.length).fill(value);
  const values = { starts: 0, ends: 0, words: -1, types: type, sequences: -1, special: 1, attention: 1 };
  return like
    .slice(0, 0)
    .with(columnsOf((name) => (name === "ids" ? Int32Array.from(ids) : fill(values[name]))));
}
