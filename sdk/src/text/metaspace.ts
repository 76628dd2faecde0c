import { GradlabError } from "../errors.js";
import { BETWEEN_SPACES, createWordSplitter } from "./split-words.js";
import { inTurnSplitting, KEEP_WHOLE, matchesOf, type Splitter } from "./splitter.js";
import type { NormalizerJson, PreTokenizerJson } from "./tokenizer-json.js";

/** The `pre_tokenizer` of a Unigram tokenizer. */
export type MetaspaceJson =
  | {
      readonly type: "Metaspace";
      readonly replacement?: string;
      readonly add_prefix_space?: boolean;
      readonly prepend_scheme?: "always" | "first" | "never";
      readonly split?: boolean;
    }
  | { readonly type: "WhitespaceSplit" }
  | Extract<PreTokenizerJson, { type: "Split" | "Digits" }>
  | { readonly type: "Sequence"; readonly pretokenizers: readonly MetaspaceJson[] };

/** Builds what the `pre_tokenizer` describes: words whose leading space is a visible mark. @throws E_TOKENIZER */
export function createMetaspace(config: MetaspaceJson | null): Splitter {
  switch (config?.type) {
    case "WhitespaceSplit":
      return BETWEEN_SPACES;
    case "Sequence":
      return inTurnSplitting(config.pretokenizers.map(createMetaspace));
    case "Metaspace":
      return marking(config);
    case "Split":
    case "Digits":
      return createWordSplitter(config);
    default:
      throw new GradlabError(
        "E_TOKENIZER",
        `Unigram with the pre-tokenizer ${JSON.stringify((config as { type?: unknown } | null)?.type ?? null)} is not supported.`,
        { hint: "Supported: Metaspace, WhitespaceSplit, Split, Digits and Sequences of them." },
      );
  }
}

/** Spaces become marks, one is put before the text, and each mark begins a word. */
function marking(config: Extract<MetaspaceJson, { type: "Metaspace" }>): Splitter {
  const { replacement: mark = "▁", split = true } = config;
  const scheme = config.prepend_scheme ?? ((config.add_prefix_space ?? true) ? "always" : "never");
  const { words, traced } = split
    ? matchesOf(new RegExp(`${mark}[^${mark}]*|[^${mark}]+`, "gu"))
    : KEEP_WHOLE;
  const begins = (marked: string, first: boolean): boolean =>
    (scheme === "always" || (scheme === "first" && first)) && !marked.startsWith(mark);
  return {
    words: (text, first) => {
      if (text === "") return [];
      const marked = text.replaceAll(" ", mark);
      return words(begins(marked, first) ? mark + marked : marked, first);
    },
    traced: (text, first) => {
      if (text.text === "") return [];
      const marked = text.rewrite(/ /g, () => mark);
      return traced(begins(marked.text, first) ? marked.prepend(mark) : marked, first);
    },
  };
}

/** The mark that stands for a space, and whether one was put before the text. */
export function markOf(config: MetaspaceJson | null): { readonly mark: string; readonly prepends: boolean } {
  if (config?.type === "Sequence")
    return markOf(config.pretokenizers.find(({ type }) => type === "Metaspace") ?? null);
  if (config?.type !== "Metaspace") return { mark: "▁", prepends: true };
  const never = config.prepend_scheme === "never" || config.add_prefix_space === false;
  return { mark: config.replacement ?? "▁", prepends: !never };
}

/** Whether a `pre_tokenizer` of BPE is SentencePiece's. */
const isMetaspace = (config: PreTokenizerJson | MetaspaceJson | null): config is MetaspaceJson =>
  config?.type === "Sequence"
    ? config.pretokenizers.some(isMetaspace)
    : config?.type === "Metaspace" || config?.type === "WhitespaceSplit";

/** The words of a BPE tokenizer. @throws E_TOKENIZER */
export function createTextSplitter(
  config: PreTokenizerJson | MetaspaceJson | null,
  fromCharacters: boolean,
): Splitter {
  if (!fromCharacters || !isMetaspace(config)) return createWordSplitter(config as PreTokenizerJson | null);
  return createMetaspace(config);
}

interface SpacedJson {
  readonly normalizer: NormalizerJson | null;
  readonly pre_tokenizer: PreTokenizerJson | MetaspaceJson | null;
}

/** Whether a space before the text, that the tokenizer put there, is taken off again. */
export function stripsSpace({ normalizer, pre_tokenizer: splitter }: SpacedJson): boolean {
  return prepends(normalizer) || (isMetaspace(splitter) && markOf(splitter).prepends);
}

function prepends(config: NormalizerJson | null): boolean {
  return config?.type === "Sequence" ? config.normalizers.some(prepends) : config?.type === "Prepend";
}
