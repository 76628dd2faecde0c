import { createSectioner } from "./added-tokens.js";
import { IdBuffer } from "./id-buffer.js";
import { createNormalizer } from "./normalize.js";
import type { TokenTemplate } from "./special-tokens.js";
import type { AddedTokenJson, NormalizerJson } from "./tokenizer-json.js";
import type { EncodeOptions } from "./tokenizer.js";

/** Puts the ids of plain, normalized text into `out`; `first` where it begins the whole. */
export type EncodePlain = (text: string, out: IdBuffer, first: boolean) => void;

export interface Around {
  readonly added: readonly AddedTokenJson[];
  readonly normalizer: NormalizerJson | null;
  readonly template: TokenTemplate;
}

/**
 * What all kinds of tokenizers do around their own: added tokens are cut out and stand for themselves, what is between is
 * normalized, and the template's ids stand around the whole. Tokens marked `normalized` are looked for in normalized text.
 */
export function createEncoder(
  { added, normalizer, template: { before, after } }: Around,
  encodePlain: EncodePlain,
): (text: string, options: EncodeOptions) => Int32Array {
  const normalize = createNormalizer(normalizer);
  const asStored = createNormalizer(withoutPrepend(normalizer));
  const normalized = normalizer === null ? [] : added.filter((token) => token.normalized);
  const exact = added.filter((token) => !normalized.includes(token));
  const patterns = normalized
    .map((token) => ({ ...token, content: asStored(token.content) }))
    .filter(({ content }) => content !== "");
  const plain = (tokens: readonly AddedTokenJson[]): AddedTokenJson[] =>
    tokens.filter(({ special }) => !special);
  const all = [createSectioner(exact), createSectioner(patterns)] as const;
  const unparsed = [createSectioner(plain(exact)), createSectioner(plain(patterns))] as const;
  return (text, { addSpecialTokens = true, parseSpecialTokens = true }) => {
    const out = new IdBuffer(text.length >> 1);
    const [sections, inner] = parseSpecialTokens ? all : unparsed;
    if (addSpecialTokens) out.append(before);
    sections(wellFormed(text)).forEach((section, i) => {
      if (typeof section === "number") return out.push(section);
      inner(normalize(section)).forEach((part, j) => {
        if (typeof part === "number") out.push(part);
        else encodePlain(part, out, i === 0 && j === 0);
      });
    });
    if (addSpecialTokens) out.append(after);
    return out.toArray();
  };
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
