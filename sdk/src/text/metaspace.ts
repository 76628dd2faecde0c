import { GradlabError } from "../errors.js";
import { createWordSplitter } from "./split-words.js";
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
  | { readonly type: "Sequence"; readonly pretokenizers: readonly MetaspaceJson[] };

/** A stretch of text, and whether the whole text begins with it. */
export interface Stretch {
  readonly text: string;
  readonly first: boolean;
}

export type Splitter = (stretch: Stretch) => readonly Stretch[];

/** Builds what the `pre_tokenizer` describes: words whose leading space is a visible mark. @throws E_TOKENIZER */
export function createMetaspace(config: MetaspaceJson | null): Splitter {
  switch (config?.type) {
    case "WhitespaceSplit":
      return ({ text, first }) =>
        (text.match(/\P{White_Space}+/gu) ?? []).map((word, i) => ({ text: word, first: first && i === 0 }));
    case "Sequence": {
      const steps = config.pretokenizers.map(createMetaspace);
      return (stretch) =>
        steps.reduce<readonly Stretch[]>((stretches, step) => stretches.flatMap(step), [stretch]);
    }
    case "Metaspace":
      return marking(config);
    default:
      throw new GradlabError(
        "E_TOKENIZER",
        `Unigram with the pre-tokenizer ${JSON.stringify((config as { type?: unknown } | null)?.type ?? null)} is not supported.`,
        { hint: "Supported: Metaspace, WhitespaceSplit and Sequences of them." },
      );
  }
}

/** Spaces become marks, one is put before the text, and each mark begins a word. */
function marking(config: Extract<MetaspaceJson, { type: "Metaspace" }>): Splitter {
  const { replacement: mark = "▁", split = true } = config;
  const scheme = config.prepend_scheme ?? ((config.add_prefix_space ?? true) ? "always" : "never");
  const words = new RegExp(`${mark}[^${mark}]*|[^${mark}]+`, "gu");
  return ({ text, first }) => {
    if (text === "") return [];
    const marked = text.replaceAll(" ", mark);
    const prepends = scheme === "always" || (scheme === "first" && first);
    const whole = prepends && !marked.startsWith(mark) ? mark + marked : marked;
    const parts = split ? (whole.match(words) ?? []) : [whole];
    return parts.map((part, i) => ({ text: part, first: first && i === 0 }));
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
): (text: string, first: boolean) => readonly string[] {
  if (!fromCharacters || !isMetaspace(config)) return createWordSplitter(config as PreTokenizerJson | null);
  const split = createMetaspace(config);
  return (text, first) => split({ text, first }).map((stretch) => stretch.text);
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
