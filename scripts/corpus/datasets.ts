/**
 * Builds the vendored data sets: `npm run build && node scripts/dist/corpus/datasets.js [NAME…]`, all without names.
 *
 * Medical and legal glosses are subtrees of WordNet that the pre-training corpus leaves out.
 */
import { assembleCorpus } from "./assemble.js";
import { writeDataset, type DatasetSpec } from "./dataset-card.js";
import { INSULT } from "./entries.js";
import { openArchive } from "./fetch.js";
import { CLASSES, classifyGlosses } from "./gloss-classes.js";
import { splitSentiment } from "./sentiment.js";
import { javascriptFunctions } from "./sets/javascript-functions.js";
import { pythonPages } from "./sets/python-pages.js";
import { spamBodies } from "./sets/spam-bodies.js";
import { tangPoems } from "./sets/tang-poems.js";
import { typescriptMessages } from "./sets/typescript-messages.js";
import { readSynsets, type Synset } from "./sources/wordnet.js";
import { assignDomains, type Domain } from "./sources/wordnet-domains.js";
import { splitGlosses } from "./split-glosses.js";

const CACHE = ".cache";
const ROOT = "datasets";
const SEED = 31;

const synsets = readSynsets(CACHE);
const domains = assignDomains(synsets);

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

const MONEY = /financ|bank|money|invest|account|stock|fund|loan|insur|broker|trade|wealth/i;

const FOOD = 13;
const PERSON = 18;

/** The subtrees reach a little beyond the field: wine below drugs, booksellers below owners. */
function belongs({ lexFile, definition }: Synset, domain: Domain): boolean {
  if (domain === "medical") return lexFile !== FOOD;
  if (ADULT.test(definition)) return false;
  if (domain === "finance") return lexFile !== PERSON || MONEY.test(definition);
  return (
    lexFile !== PERSON ||
    /law|legal|court|crim|judge|jury|convict|guilt|steal|kill|claim|contract/i.test(definition)
  );
}

function glosses(domain: Domain, title: string, about: string, limit: number): DatasetSpec {
  const members = synsets.filter(
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
    pins: ["wordnet"],
    splits: splitGlosses(members, { testShare: 0.12, limit, seed: SEED }),
    notes: [
      "Held out: the models shipped with gradlab were not pre-trained on these entries",
      "Split by headword: no headword, synonym, definition or run of eight words of the test part is in the training part",
    ],
  };
}

/** Which entries pre-training saw only the whole corpus says. */
function glossClasses(): DatasetSpec {
  const corpus = assembleCorpus(CACHE);
  const byId = new Map(synsets.map((synset) => [synset.id, synset]));
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
    pins: ["wordnet"],
    splits: classifyGlosses(
      pick(corpus.train),
      {
        general: pick(corpus.heldOut.get("general") ?? []),
        fields: ["medical", "legal", "finance"].flatMap((field) => pick(corpus.heldOut.get(field) ?? [])),
      },
      { trainPerClass: 240, testPerClass: 12, seed: SEED },
    ),
    compressed: true,
    notes: [
      "Classes are WordNet's lexicographer files of nouns, but for its tops, motives and shapes, which have few entries",
      "The test part holds only entries that the models shipped with gradlab were not pre-trained on; the training part was seen in pre-training, without the classes, but for possessions, which are held out as a field of finance",
    ],
  };
}

function sentiment(): DatasetSpec {
  return {
    name: "sentiment",
    title: "Sentiment of 3,000 sentences",
    about:
      "Sentences from reviews of products, films and restaurants, each labelled positive or negative by people.",
    licence: "CC BY 4.0",
    notice: CC_BY,
    pins: ["sentiment"],
    splits: splitSentiment(CACHE),
    notes: [
      "Split: 100 sentences of every source and label for the test; a sentence that occurs twice is in the training part",
    ],
  };
}

/** Name → how it is made. */
const SETS: Readonly<Record<string, () => DatasetSpec | Promise<DatasetSpec>>> = {
  "medical-glosses": () =>
    glosses(
      "medical",
      "Medical glosses",
      "Medical terms (diseases, symptoms, drugs, body parts, procedures) and their definitions.",
      3600,
    ),
  "legal-glosses": () =>
    glosses(
      "legal",
      "Legal glosses",
      "Legal terms (documents, proceedings, crimes, doctrines) and their definitions.",
      2000,
    ),
  "finance-glosses": () =>
    glosses(
      "finance",
      "Finance glosses",
      "Terms of finance (possessions, money, securities, taxes, banking, accounting, insurance) and their definitions.",
      2000,
    ),
  "gloss-classes": glossClasses,
  sentiment,
  "spam-bodies": () => spamBodies(CACHE),
  "tang-poems": () => tangPoems(CACHE),
  "typescript-messages": () => typescriptMessages(CACHE),
  "javascript-functions": () => javascriptFunctions(CACHE),
  "python-pages": () => pythonPages(CACHE),
};

const asked = process.argv.slice(2);
const unknown = asked.find((name) => !Object.hasOwn(SETS, name));
if (unknown !== undefined)
  throw new Error(`There is no data set ${unknown}. There are ${Object.keys(SETS).join(", ")}.`);
let total = 0;
for (const name of asked.length > 0 ? asked : Object.keys(SETS)) {
  const spec = await SETS[name]();
  const bytes = writeDataset(ROOT, spec);
  total += bytes;
  const rows = Object.entries(spec.splits).map(([split, { length }]) => `${length} ${split}`);
  console.log(`${name}: ${rows.join(", ")}; ${bytes} bytes`);
}
console.log(`${total} bytes in all`);
