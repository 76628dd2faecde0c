import type { Tokenizer } from "gradlab/internal/text";
import type { Document } from "./document.js";
import { PINS, type PinName } from "./pins.js";

const PINS_OF: Readonly<Record<string, readonly PinName[]>> = {
  wordnet: ["wordnet"],
  "state-of-the-union": ["sotu"],
  "moby-dick": ["mobyDick"],
  "world-english-bible": ["webBible"],
  "python-docs": ["pythonDocs"],
  "postgresql-manual": ["postgresql"],
  "python-stdlib": ["pythonStdlib", "pythonMinimal"],
  lodash: ["lodash"],
  locutus: ["locutus"],
  "node-types": ["typesNode"],
  "typescript-lib": ["typescript"],
  opinions: ["sentiment", "vader"],
};

export interface SourceCard {
  readonly source: string;
  readonly documents: number;
  readonly bytes: number;
  readonly tokens: number;
  readonly bytesPerToken: number;
  readonly packages: readonly {
    readonly package: string;
    readonly sha256: string;
    readonly licence: string;
  }[];
}

/** What each source gave to the training set. */
export function describeSources(documents: readonly Document[], tokenizer: Tokenizer): SourceCard[] {
  return Object.entries(PINS_OF).map(([source, pins]) => {
    const texts = documents.filter((document) => document.source === source).map(({ text }) => text);
    const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
    const tokens = texts.reduce(
      (sum, text) => sum + tokenizer.encode(text, { parseSpecialTokens: false }).length,
      0,
    );
    return {
      source,
      documents: texts.length,
      bytes,
      tokens,
      bytesPerToken: Number((bytes / tokens).toFixed(4)),
      packages: pins.map((pin) => {
        const { package: name, sha256, licence } = PINS[pin];
        return { package: name, sha256, licence };
      }),
    };
  });
}
