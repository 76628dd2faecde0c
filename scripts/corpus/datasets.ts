/**
 * Builds the vendored data sets: `npm run build && node scripts/dist/corpus/datasets.js`.
 *
 * Medical and legal glosses are subtrees of WordNet that the pre-training corpus leaves out.
 */
import { assembleCorpus } from "./assemble.js";
import { writeDataset, type DatasetSpec } from "./dataset-card.js";
import { INSULT } from "./entries.js";
import { openArchive } from "./fetch.js";
import { CLASSES, classifyGlosses } from "./gloss-classes.js";
import { splitSentiment } from "./sentiment.js";
import type { Synset } from "./sources/wordnet.js";
import { assignDomains, type Domain } from "./sources/wordnet-domains.js";
import { splitGlosses } from "./split-glosses.js";

const CACHE = ".cache";
const ROOT = "datasets";
const SEED = 31;

const corpus = assembleCorpus(CACHE);
const domains = assignDomains(corpus.synsets);
const byId = new Map(corpus.synsets.map((synset) => [synset.id, synset]));

const wordnetNotice =
  openArchive("wordnet", CACHE)
    .find(({ path }) => path.endsWith("/dict/data.noun"))
    ?.text()
    .split("\n")
    .slice(0, 29)
    .map((line) => line.replace(/^\s*\d+ ?/, "").trimEnd())
    .join("\n") ?? "";

const CC_BY = `Sentiment Labelled Sentences, from the UCI Machine Learning Repository, licensed under the
Creative Commons Attribution 4.0 International licence (CC BY 4.0), https://creativecommons.org/licenses/by/4.0/.

Kotzias, D., Denil, M., de Freitas, N., and Smyth, P. "From Group to Individual Labels using Deep Features",
KDD 2015. The sentences come from imdb.com, amazon.com and yelp.com.

Changes: white space was normalized, every sentence was put between "Review:" and "Sentiment:", and the labels
0 and 1 were written as negative and positive.

Read from the npm package sentiment (MIT, Copyright Andrew Sliwinski).`;

// These are for class rooms; anatomy stays.
const ADULT = /sexual|penis|vagina|intercourse|copulat|prostitut|genital|orgasm|masturbat|erotic|pornograph/i;

const FOOD = 13;
const PERSON = 18;

/** The subtrees reach a little beyond the field: wine below drugs, booksellers below owners. */
function belongs({ lexFile, definition }: Synset, domain: Domain): boolean {
  if (domain === "medical") return lexFile !== FOOD;
  if (ADULT.test(definition)) return false;
  return (
    lexFile !== PERSON ||
    /law|legal|court|crim|judge|jury|convict|guilt|steal|kill|claim|contract/i.test(definition)
  );
}

function glosses(domain: Domain, title: string, about: string, limit: number): DatasetSpec {
  const synsets = corpus.synsets.filter(
    (synset) =>
      domains.get(synset.id) === domain &&
      synset.pos === "n" &&
      belongs(synset, domain) &&
      !INSULT.test(synset.definition),
  );
  return {
    name: `${domain}-glosses`,
    title,
    about,
    licence: "WordNet 3.1 licence (use, change and redistribution for any purpose, with notice)",
    notice: wordnetNotice,
    pin: "wordnet",
    splits: splitGlosses(synsets, { testShare: 0.12, limit, seed: SEED }),
    notes: [
      "Held out: the models shipped with gradlab were not pre-trained on these entries",
      "Split by headword: no headword, synonym, definition or run of eight words of the test part is in the training part",
    ],
  };
}

function glossClasses(): DatasetSpec {
  const pick = (ids: readonly { source: string; id: string }[]) =>
    ids
      .flatMap(({ source, id }) => (source === "wordnet" ? (byId.get(id) ?? []) : []))
      .filter(({ definition }) => !ADULT.test(definition));
  return {
    name: "gloss-classes",
    title: "Gloss classes: what kind of thing does a definition define?",
    about: `Definitions of English nouns with one of ${Object.keys(CLASSES).length} classes: ${Object.values(CLASSES).join(", ")}. Balanced; guessing is right once in ${Object.keys(CLASSES).length}.`,
    licence: "WordNet 3.1 licence (use, change and redistribution for any purpose, with notice)",
    notice: wordnetNotice,
    pin: "wordnet",
    splits: classifyGlosses(pick(corpus.train), pick(corpus.heldOut.get("general") ?? []), {
      trainPerClass: 120,
      testPerClass: 25,
      seed: SEED,
    }),
    notes: [
      "Classes are WordNet's lexicographer files",
      "The test part holds only entries that the models shipped with gradlab were not pre-trained on; the training part was seen in pre-training, without the classes",
    ],
  };
}

const specs: readonly DatasetSpec[] = [
  glosses(
    "medical",
    "Medical glosses",
    "Medical terms (diseases, symptoms, drugs, body parts, procedures) and their definitions.",
    3600,
  ),
  glosses(
    "legal",
    "Legal glosses",
    "Legal terms (documents, proceedings, crimes, doctrines) and their definitions.",
    2000,
  ),
  glossClasses(),
  {
    name: "sentiment",
    title: "Sentiment of 3,000 sentences",
    about:
      "Sentences from reviews of products, films and restaurants, each labelled positive or negative by people.",
    licence: "CC BY 4.0",
    notice: CC_BY,
    pin: "sentiment",
    splits: splitSentiment(CACHE),
    notes: [
      "Split: 100 sentences of every source and label for the test; a sentence that occurs twice is in the training part",
    ],
  },
];

let total = 0;
for (const spec of specs) {
  const bytes = writeDataset(ROOT, spec);
  total += bytes;
  console.log(`${spec.name}: ${spec.splits.train.length} + ${spec.splits.test.length} rows, ${bytes} bytes`);
}
console.log(`${total} bytes in all`);
