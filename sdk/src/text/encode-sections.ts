import { createSectioner } from "./added-tokens.js";
import { IdBuffer } from "./id-buffer.js";
import type { TokenTemplate } from "./special-tokens.js";
import type { AddedTokenJson } from "./tokenizer-json.js";
import type { EncodeOptions } from "./tokenizer.js";

/** Puts the ids of plain text into `out`; `first` where it begins the whole. */
export type EncodePlain = (text: string, out: IdBuffer, first: boolean) => void;

/**
 * What all kinds of tokenizers do around their own: added tokens are cut out and stand for themselves, and the template's ids
 * stand around the whole.
 */
export function createEncoder(
  added: readonly AddedTokenJson[],
  { before, after }: TokenTemplate,
  encodePlain: EncodePlain,
): (text: string, options: EncodeOptions) => Int32Array {
  const sectionAll = createSectioner(added);
  const sectionPlain = createSectioner(added.filter(({ special }) => !special));
  return (text, { addSpecialTokens = true, parseSpecialTokens = true }) => {
    const out = new IdBuffer(text.length >> 1);
    if (addSpecialTokens) out.append(before);
    (parseSpecialTokens ? sectionAll : sectionPlain)(text).forEach((section, i) => {
      if (typeof section === "number") out.push(section);
      else encodePlain(section, out, i === 0);
    });
    if (addSpecialTokens) out.append(after);
    return out.toArray();
  };
}
