import { dirname, join } from "node:path";
import {
  type CardScore,
  compile,
  type LanguageModel,
  readConfigFile,
  readTokens,
  sum,
  type Tensor,
} from "gradlab";
import type { Contamination } from "../corpus/contamination.js";
import { millions, notesIn, samplesOf, trainingOf, usageOf } from "./cards.js";
import { checkLoss, type Described, languageModelKind, lastEvaluation } from "./kind.js";
import { KneserNey } from "./kneser-ney.js";
import type { Publication } from "./publication.js";
import { bitsPerByteOf, openText, sumsOver } from "./text-score.js";

const PROMPTS = ["静夜思 李白\n", "明月", "春风 杜甫\n", "子曰：", "浣溪沙 ", "无法"];
const KINDS = ["poems", "plays", "classics", "messages"];
const SAMPLED = { temperature: 0.8, seed: 42, how: "temperature 0.8, seed 42" };

interface CorpusCard {
  readonly sources: readonly { readonly source: string; readonly works: number }[];
  readonly packages: readonly {
    readonly package: string;
    readonly sha256: string;
    readonly licence: string;
    readonly bytes: number;
  }[];
  readonly files: readonly { readonly file: string; readonly tokens: number }[];
  readonly heldOut: string;
  readonly contamination: Readonly<Record<string, Readonly<Record<string, Contamination>>>>;
}

interface Bits {
  readonly tokens: number;
  readonly loss: number;
  readonly bitsPerByte: number;
  readonly bitsPerCharacter: number;
  readonly bitsPerByteByCounting: number;
  readonly bitsPerCharacterByCounting: number;
}

/** gradlab/zh-2m and its like. */
export const chinese = languageModelKind(
  {
    languages: ["zh", "lzh"],
    tags: ["llama"],
    prompts: PROMPTS,
  },
  describeChinese,
);

async function describeChinese(model: LanguageModel, parts: Publication): Promise<Described> {
  const { name, to } = parts;
  const last = await lastEvaluation(parts);
  const corpus = (await readConfigFile(join(to, "corpus.json"))) as CorpusCard;
  const heldOut = await measure(model, parts);
  checkLoss(heldOut["general"].loss, last.heldOut["general"].loss);
  return {
    measured: { window: parts.recipe["window"], heldOut },
    summary: `A Llama of ${millions(model.paramCount)} million parameters for classical Chinese (poems of Tang and Song, song lyrics, plays, classics) and for the messages of a program's interface, in simplified characters, a token a character. It was trained from scratch by gradlab on licence-clean text, on processor cores; it is made for teaching and testing.`,
    usage: usageOf(name, PROMPTS[0]),
    training: trainingOf(parts, last.tokens),
    data: corpus.packages.map(({ package: item, licence, bytes, sha256 }) => ({
      name: item,
      bytes,
      sha256,
      license: licence,
      description: sourcesOf(item, corpus),
    })),
    scores: Object.fromEntries(
      Object.entries(heldOut).map(([kind, bits]) => [`held out: ${kind}`, scoresOf(bits)]),
    ),
    limits: [
      "It knows nothing of what it writes, and its poems are imitations.",
      "It has read no modern prose, and of modern Chinese only the short messages of one compiler.",
      `It read ${millions(last.tokens)} million tokens, about ${(last.tokens / corpus.files[0].tokens).toFixed(1)} epochs of its corpus; context ${model.config.maxPositions} tokens.`,
      `Held out: ${corpus.heldOut}. ${contaminationOf(corpus)}`,
      "The scores leave out what fills no window of tokens at the end of a file; counting also sees the three tokens before a window.",
      ...(await notesIn(to)),
      ...(await samplesOf(model, PROMPTS)),
      ...(await samplesOf(model, PROMPTS.slice(0, 2), SAMPLED)),
    ],
  };
}

/** Bits of every kind of held-out text, by the model and by counting on the same training tokens. */
async function measure(model: LanguageModel, { to, recipe }: Publication): Promise<Record<string, Bits>> {
  const { train } = recipe["data"] as Record<string, string>;
  const folder = join(to, dirname(train));
  const counted = new KneserNey(await readTokens(join(folder, "train.u16")));
  const program = compile((ids: Tensor, targets: Tensor) => ({ nats: sum(model.losses(ids, targets)) }));
  const measured: Record<string, Bits> = {};
  for (const kind of ["general", ...KINDS]) {
    const file = kind === "general" ? "heldout.u16" : `heldout-${kind}.u16`;
    const text = await openText(join(folder, file), Number(recipe["window"]), model.tokenizer!);
    const { nats } = await sumsOver(text.windows, program);
    const natsByCounting = counted.nats(text.tokens);
    const tokens = text.tokens.length - 1;
    const perCharacter = (all: number): number => all / Math.LN2 / text.characters;
    measured[kind] = {
      tokens,
      loss: nats / tokens,
      bitsPerByte: bitsPerByteOf(nats, text),
      bitsPerCharacter: perCharacter(nats),
      bitsPerByteByCounting: bitsPerByteOf(natsByCounting, text),
      bitsPerCharacterByCounting: perCharacter(natsByCounting),
    };
  }
  return measured;
}

function scoresOf({ tokens: n, loss, ...bits }: Bits): Record<string, CardScore> {
  const counting = "of a 4-gram model (Kneser–Ney, same tokens)";
  return {
    perplexity: { value: Math.exp(loss), n },
    bits_per_byte: { value: bits.bitsPerByte, n },
    [`bits_per_byte ${counting}`]: { value: bits.bitsPerByteByCounting, n },
    "bits per character": { value: bits.bitsPerCharacter, n },
    [`bits per character ${counting}`]: { value: bits.bitsPerCharacterByCounting, n },
  };
}

function sourcesOf(item: string, { sources }: CorpusCard): string {
  const ofCompiler = item.startsWith("typescript");
  return sources
    .filter(({ source }) => source.startsWith("typescript") === ofCompiler)
    .map(({ source, works }) => `${source} ${works.toLocaleString("en")} works`)
    .join(", ");
}

/** How much of the held-out text stands in the training set all the same. */
function contaminationOf({ contamination }: CorpusCard): string {
  const percent = ({ ngrams, shared }: Contamination): string => `${((100 * shared) / ngrams).toFixed(2)} %`;
  const parts = Object.values(contamination).map((counts) => {
    const { general, "general, below the titles": bodies } = counts;
    return `${percent(general)} of its runs of ${general.n} characters (${percent(bodies)} without the titles, which the poems of a cycle share)`;
  });
  return `Of the held-out text, punctuation aside, ${parts.join(" and ")} occur in the training set; corpus.json has the counts by kind.`;
}
