import { dirname, join } from "node:path";
import { type CardScore, type EncoderModel, loadEncoder, readConfigFile } from "gradlab";
import { englishData, millions, notesIn, trainingOf } from "./cards.js";
import { type Described, type Kind, lastEvaluation } from "./kind.js";
import type { Publication } from "./publication.js";
import type { Recall } from "./retrieve.js";

const WORDS = ["violin", "lawyer", "bank loan", "thunder"];
const MEANINGS = [
  "bowed stringed instrument that is the highest member of its family",
  "a professional person authorized to practice law",
  "a sum of money lent at interest",
  "a booming or crashing noise caused by air expanding along the path of a bolt of lightning",
];

/** What contrast.js measured of each held-out domain. */
type Measured = Readonly<Record<string, Readonly<Record<"words" | "before" | "after", Recall>>>>;

/** Where contrast.js puts the second half of a training. */
const contrastOf = (from: string): string => `${from}-contrast`;

/** gradlab/enc-1m and its like: masked language models that contrast.js made sentence encoders of. */
export const encoder: Kind = {
  languages: ["en"],
  tags: ["distilbert", "sentence-similarity", "feature-extraction"],
  task: "sentence-similarity",
  prompts: [...WORDS, ...MEANINGS],
  weightsOf: (from) => join(contrastOf(from), "model"),
  open: async (folder) => {
    const model = await loadEncoder(folder);
    return { model, describe: (parts) => describeEncoder(model, parts) };
  },
};

async function describeEncoder(model: EncoderModel, parts: Publication): Promise<Described> {
  const { name, from, to, recipe } = parts;
  const last = await lastEvaluation(parts);
  const measured = (await readConfigFile(join(contrastOf(from), "measured.json"))) as Measured;
  const { share } = recipe["objective"] as { readonly share: number };
  return {
    measured,
    summary: `An encoder (DistilBERT's layers) of ${millions(model.paramCount)} million parameters that turns short English texts into vectors: texts that mean the same come near each other. It was trained from scratch by gradlab, first to fill in hidden tokens, then to bring words and their definitions, and sentences that follow each other, together.`,
    usage: `import { loadEncoder } from "gradlab";\n\nconst encoder = await loadEncoder("gradlab/${name}");\nconst vectors = await encoder.embed(encoder.encode(["violin", "bowed stringed instrument", "a sum of money lent at interest"])).array(); // unit length: products are cosines`,
    training: {
      ...trainingOf(parts, last.tokens),
      "second half":
        "contrast.js: contrastive loss over pairs of meaning-pairs.ts, AdamW (see scripts/train)",
      log: "training-log.jsonl, curve.svg, of the first half",
    },
    data: await englishData(join(to, String(recipe["tokenizer"]), "corpus.json"), parts),
    scores: {
      [`held out: general, ${100 * share} % hidden`]: {
        "loss of hidden tokens before the second half, nats": { value: last.heldOut["general"].loss },
      },
      ...Object.fromEntries(
        Object.entries(measured).map(([domain, recalls]) => [
          `word → definition, held out: ${domain}`,
          scoresOf(recalls),
        ]),
      ),
    },
    limits: [
      `Texts of a few words to ${model.config.maxPositions} tokens; the second half read the first 32 tokens of each. English only, lower-case dictionary style.`,
      "It has no head: it fills in no tokens any more, and embeds with the mean of its tokens' vectors.",
      "Words look for their definitions among all of a domain, at most a thousand; many share a word with their definition, which counting finds, too (see the scores).",
      `Held-out definitions were in neither half of the training. How much of the held-out text the training set shares is in models/${dirname(
        join(String(recipe["tokenizer"]), "x"),
      )
        .split("/")
        .at(-1)}/corpus.json.`,
      ...(await notesIn(to)),
      ...(await samplesOf(model)),
    ],
  };
}

function scoresOf(recalls: Measured[string]): Record<string, CardScore> {
  const names = {
    words: "by shared words (tf–idf)",
    before: "before the second half",
    after: "after",
  } as const;
  return Object.fromEntries(
    Object.entries(names).flatMap(([key, how]) => {
      const { first, firstTen, pairs: n } = recalls[key as keyof typeof names];
      return [
        [`recall@1 ${how}`, { value: first, n }],
        [`recall@10 ${how}`, { value: firstTen, n }],
      ];
    }),
  );
}

/** The nearest of a few texts to each of a few words. */
async function samplesOf(model: EncoderModel): Promise<string[]> {
  const { data, shape } = await model.embed(model.encode([...WORDS, ...MEANINGS])).array();
  const vectors = Array.from({ length: shape[0] }, (_, i) =>
    Array.from(data.slice(i * shape[1], (i + 1) * shape[1]), Number),
  );
  const cosine = (i: number, j: number): number =>
    vectors[i].reduce((sum, x, k) => sum + x * vectors[j][k], 0);
  return WORDS.map((word, i) => {
    const cosines = MEANINGS.map((_, j) => cosine(i, WORDS.length + j));
    const best = cosines.indexOf(Math.max(...cosines));
    return `Sample: of ${MEANINGS.length} texts, ${JSON.stringify(MEANINGS[best])} is nearest to ${JSON.stringify(word)} (cosine ${cosines[best].toFixed(2)}).`;
  });
}
