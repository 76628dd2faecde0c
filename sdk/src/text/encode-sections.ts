import { createSectioner } from "./added-tokens.js";
import { TracedText } from "./encodings/traced-text.js";
import { IdBuffer } from "./id-buffer.js";
import { createNormalizer } from "./normalize.js";
import type { TokenTemplate } from "./special-tokens.js";
import type { TextModel } from "./text-model.js";
import type { AddedTokenJson, NormalizerJson } from "./tokenizer-json.js";
import type { EncodeOptions } from "./text-tokenizer.js";

export interface Around {
  readonly added: readonly AddedTokenJson[];
  readonly normalizer: NormalizerJson | null;
  readonly template: TokenTemplate;
}

/** A token, its place in the text, and the word it belongs to. */
export interface TracedToken {
  readonly id: number;
  readonly start: number;
  readonly end: number;
  readonly word: number;
}

export interface SectionEncoder {
  readonly encode: (text: string, options: EncodeOptions) => Int32Array;
  /** The tokens of the text, without those of the template. */
  readonly trace: (text: string, options: EncodeOptions) => TracedToken[];
}

/**
 * What all kinds of tokenizers do around their own: added tokens are cut out and stand for themselves, what is between is
 * normalized, and the template's ids stand around the whole. Tokens marked `normalized` are looked for in normalized text.
 */
export function createEncoder(around: Around, model: TextModel): SectionEncoder {
  const normalize = createNormalizer(around.normalizer);
  const { before, after } = around.template;
  const [all, unparsed] = createSectioners(around);
  return {
    encode: (text, { addSpecialTokens = true, parseSpecialTokens = true }) => {
      const out = new IdBuffer(text.length >> 1);
      const [sections, inner] = parseSpecialTokens ? all : unparsed;
      if (addSpecialTokens) out.append(before);
      const whole = wellFormed(text);
      sections(whole).forEach((section, i) => {
        if (section.id !== undefined) return out.push(section.id);
        const changed = normalize.apply(whole.slice(section.start, section.end));
        inner(changed).forEach(({ start, end, id }, j) => {
          if (id !== undefined) out.push(id);
          else model.encode(changed.slice(start, end), out, i === 0 && j === 0);
        });
      });
      if (addSpecialTokens) out.append(after);
      return out.toArray();
    },
    trace: (text, { parseSpecialTokens = true }) => {
      const [sections, inner] = parseSpecialTokens ? all : unparsed;
      const whole = TracedText.of(wellFormed(text));
      const tokens = new TokenList(model);
      sections(whole.text).forEach((section, i) => {
        const { start, end, id } = section;
        if (id !== undefined) return tokens.add(id, whole.spanOf(start, end));
        const changed = normalize.trace(whole.slice(start, end));
        inner(changed.text).forEach((part, j) => {
          if (part.id !== undefined) tokens.add(part.id, changed.spanOf(part.start, part.end));
          else tokens.addText(changed.slice(part.start, part.end), i === 0 && j === 0);
        });
      });
      return tokens.all;
    },
  };
}

/** Tokens as they are found, with the number of their word. */
class TokenList {
  readonly all: TracedToken[] = [];
  readonly #model: TextModel;
  #words = 0;

  constructor(model: TextModel) {
    this.#model = model;
  }

  /** An added token, which is a word of its own. */
  add(id: number, [start, end]: readonly [number, number]): void {
    this.all.push({ id, start, end, word: this.#words++ });
  }

  addText(text: TracedText, first: boolean): void {
    for (const piece of this.#model.splitter.traced(text, first)) {
      if (piece.text === "") continue;
      const word = this.#words++;
      const { ids, places } = this.#model.traceWord(piece.text);
      for (let i = 0; i < ids.length; i++) {
        const [start, end] = piece.spanOf(places[2 * i], places[2 * i + 1]);
        this.all.push({ id: ids[i], start, end, word });
      }
    }
  }
}

/** Cutters for tokens as they stand and for those in normalized text: of all tokens, and without special ones. */
function createSectioners({ added, normalizer }: Around) {
  const asStored = createNormalizer(withoutPrepend(normalizer));
  const normalized = normalizer === null ? [] : added.filter((token) => token.normalized);
  const exact = added.filter((token) => !normalized.includes(token));
  const patterns = normalized
    .map((token) => ({ ...token, content: asStored.apply(token.content) }))
    .filter(({ content }) => content !== "");
  const plain = (tokens: readonly AddedTokenJson[]): AddedTokenJson[] =>
    tokens.filter(({ special }) => !special);
  return [
    [createSectioner(exact), createSectioner(patterns)],
    [createSectioner(plain(exact)), createSectioner(plain(patterns))],
  ] as const;
}

/** Lone surrogates, which no Unicode text holds, as U+FFFD: what a file of the text would hold. */
function wellFormed(text: string): string {
  return /\p{Surrogate}/u.test(text) ? text.replace(/\p{Surrogate}/gu, "\ufffd") : text;
}

/** A token in the middle of a text has nothing put before it. */
function withoutPrepend(config: NormalizerJson | null): NormalizerJson | null {
  if (config?.type === "Prepend") return null;
  if (config?.type !== "Sequence") return config;
  return { ...config, normalizers: config.normalizers.flatMap((step) => withoutPrepend(step) ?? []) };
}
