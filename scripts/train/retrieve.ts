import { compile, type EncoderModel, tensor, type Tensor } from "gradlab";
import type { Pair } from "./meaning-pairs.js";

/** How often the right text is the first, and among the first ten, of all. */
export interface Recall {
  readonly first: number;
  readonly firstTen: number;
  readonly pairs: number;
}

const ROWS = 64;
/** Tokens of a text that count. */
const LENGTH = 32;

/** Every a looks for its b among all, by cosine. */
export async function recallByEncoder(encoder: EncoderModel, pairs: readonly Pair[]): Promise<Recall> {
  const [a, b] = await Promise.all(
    [0, 1].map((side) =>
      vectorsOf(
        encoder,
        pairs.map((pair) => pair[side]),
      ),
    ),
  );
  return recallOf(pairs, (i, j) => a[i].reduce((sum, x, k) => sum + x * b[j][k], 0));
}

/** Texts cut to one length, so that one program serves every step. */
export function fixedRows(encoder: EncoderModel, texts: readonly string[]): [ids: Tensor, mask: Tensor] {
  const tokenizer = encoder.requireTokenizer();
  const rows = texts.map((text) => [...tokenizer.encode(text)].slice(0, LENGTH));
  const padded = (row: readonly number[], by: number): number[] => [
    ...row,
    ...Array<number>(LENGTH - row.length).fill(by),
  ];
  return [
    tensor(
      rows.map((row) => padded(row, tokenizer.padId ?? 0)),
      { dtype: "int32" },
    ),
    tensor(
      rows.map((row) =>
        padded(
          row.map(() => 1),
          0,
        ),
      ),
      { dtype: "int32" },
    ),
  ];
}

async function vectorsOf(encoder: EncoderModel, texts: readonly string[]): Promise<Float32Array[]> {
  const vectors: Float32Array[] = [];
  const embed = compile((ids: Tensor, mask: Tensor) => encoder.embed({ ids, mask }));
  for (let at = 0; at < texts.length; at += ROWS) {
    const { data, shape } = await (await embed(...fixedRows(encoder, texts.slice(at, at + ROWS)))).array();
    for (let row = 0; row < shape[0]; row++)
      vectors.push(Float32Array.from(data.slice(row * shape[1], (row + 1) * shape[1]), Number));
  }
  return vectors;
}

/** The same by counting: shared words weighed by rarity (tf–idf, cosine). */
export function recallByWords(pairs: readonly Pair[]): Recall {
  const words = (text: string): string[] => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
  const texts = pairs.map(([, text]) => new Set(words(text)));
  const counts = new Map<string, number>();
  for (const text of texts) for (const word of text) counts.set(word, (counts.get(word) ?? 0) + 1);
  const weight = (word: string): number => Math.log(pairs.length / (counts.get(word) ?? 0.5)) ** 2;
  const sizes = texts.map((text) => Math.sqrt([...text].reduce((sum, word) => sum + weight(word), 0)));
  const asked = pairs.map(([text]) => [...new Set(words(text))]);
  return recallOf(pairs, (i, j) => {
    const shared = asked[i].filter((word) => texts[j].has(word));
    return shared.reduce((sum, word) => sum + weight(word), 0) / (sizes[j] || 1);
  });
}

/** Equal scores share the places that they take. */
function recallOf(pairs: readonly Pair[], score: (i: number, j: number) => number): Recall {
  let first = 0;
  let firstTen = 0;
  pairs.forEach((_, i) => {
    const own = score(i, i);
    let above = 0;
    let equal = 0;
    for (let j = 0; j < pairs.length; j++) {
      const other = score(i, j);
      if (other > own) above++;
      else if (other === own) equal++;
    }
    first += above === 0 ? 1 / equal : 0;
    firstTen += Math.min(1, Math.max(0, (10 - above) / equal));
  });
  return { first: first / pairs.length, firstTen: firstTen / pairs.length, pairs: pairs.length };
}
