import type { Document } from "../document.js";
import { openArchive, textOf } from "../fetch.js";
import { hashText, shuffleByHash } from "../hash.js";
import { splitSentiment } from "../sentiment.js";
import type { Synset } from "./wordnet.js";

/** What people felt words to be, from -5 (very bad) to 5 (very good). */
export interface Valences {
  readonly of: ReadonlyMap<string, number>;
  /** Those that both lexicons have: the common ones. */
  readonly common: readonly string[];
}

/** Below this the people who rated the words did not agree on the sign. */
const CLEAR = 1;
/** How much more often a common word is said. */
const COMMON_TIMES = 8;
const SEED = 5;
const LEVELS = ["", "", "", "very ", "really ", "so ", "quite ", "absolutely ", "truly ", "pretty "];
const THINGS =
  "food service place staff movie film plot acting story script music book phone battery screen sound product price quality room meal waiter show ending characters headset camera case design restaurant experience performance direction dialogue pizza sauce dessert drink menu seller shipping cable charger picture volume fit size comfort location atmosphere manager chef salad burger coffee scene cast actor writing pace effects humor idea value";
const THING = THINGS.split(" ");

/** The words of AFINN (Nielsen 2011) and of VADER's lexicon (Hutto and Gilbert 2014) whose sign is clear. */
export function readValences(cacheFolder: string): Valences {
  const afinn = JSON.parse(
    textOf(openArchive("sentiment", cacheFolder), "/languages/en/labels.json"),
  ) as Record<string, number>;
  const vader = textOf(openArchive("vader", cacheFolder), "/src/vader_lexicon.js");
  const rated = [...vader.matchAll(/^ {2}['"]?([a-z-]+)['"]?: (-?[\d.]+),?$/gm)];
  const all = new Map(rated.map(([, word, value]) => [word, Number(value)]));
  const common = Object.keys(afinn).filter((word) => all.has(word) && isClear(afinn[word]));
  for (const [word, value] of Object.entries(afinn)) if (/^[a-z -]+$/.test(word)) all.set(word, value);
  return { of: new Map([...all].filter(([, value]) => isClear(value))), common };
}

const isClear = (value: number): boolean => Math.abs(value) >= CLEAR;

type Clause = readonly [text: string, value: number];
type Say = (word: string, value: number, pick: (from: readonly string[]) => string) => Clause;

const ANY: readonly Say[] = [
  (word, value) => [`${word}!`, value],
  (word, value) => [`${word}.`, value],
  (word, value, pick) => [`${pick(THING)}: ${word}.`, value],
];
const ADJECTIVE: readonly Say[] = [
  (word, value, pick) => [`the ${pick(THING)} was ${pick(LEVELS)}${word}.`, value],
  (word, value, pick) => [`the ${pick(THING)} is ${pick(LEVELS)}${word}.`, value],
  (word, value, pick) => [`${word} ${pick(THING)}!`, value],
  (word, value, pick) => [`I found the ${pick(THING)} ${pick(LEVELS)}${word}.`, value],
  (word, value, pick) => [`it's ${pick(LEVELS)}${word}.`, value],
  (word, value, pick) => [`the ${pick(THING)} was not ${word}.`, -value],
  (word, value, pick) => [`the ${pick(THING)} isn't ${word} at all.`, -value],
  (word, value, pick) => [`there is nothing ${word} about the ${pick(THING)}.`, -value],
];
const NOUN: readonly Say[] = [
  (word, value) => [`what a ${word}!`, value],
  (word, value, pick) => [`this ${pick(THING)} is a ${word}.`, value],
  (word, value, pick) => [`the ${pick(THING)} was nothing but ${word}.`, value],
];
const VERB: readonly Say[] = [
  (word, value, pick) => [`they ${word} the ${pick(THING)}.`, value],
  (word, value, pick) => [`the ${pick(THING)} will ${word} you.`, value],
];

/**
 * Short reviews made of rated words, in the form of the sentiment set, all different and none of its sentences:
 * "Review: The staff was very rude. Sentiment: negative". The same words and count give the same list.
 */
export function opinionDocuments(cacheFolder: string, synsets: readonly Synset[], count: number): Document[] {
  const { train, test } = splitSentiment(cacheFolder);
  const seen = new Set([...train, ...test].map(({ prompt }) => lettersOf(prompt)));
  const compose = composer(readValences(cacheFolder), synsets);
  return Array.from({ length: count }, (_, i) => compose(i)).flatMap(({ review, label }, i) => {
    const prompt = `Review: ${review}\nSentiment:`;
    if (seen.has(lettersOf(prompt))) return [];
    seen.add(lettersOf(prompt));
    return [{ source: "opinions", id: String(i), kind: "entry", text: `${prompt} ${label}` }];
  });
}

const lettersOf = (text: string): string => text.toLowerCase().replace(/[^a-z]+/g, " ");

interface Opinion {
  readonly review: string;
  readonly label: "positive" | "negative";
}

function composer(valences: Valences, synsets: readonly Synset[]): (index: number) => Opinion {
  const spoken = speakers(synsets);
  const often = Array.from({ length: COMMON_TIMES }, () => valences.common).flat();
  const words = shuffleByHash([...valences.of.keys(), ...often], (word) => word, SEED);
  return (i) => {
    const pick = <T>(from: readonly T[], salt: string): T =>
      from[hashText(`${i}${salt}`, SEED) % from.length];
    const say = (word: string, salt: string): Clause =>
      pick(spoken(word), `${salt} form`)(word, valences.of.get(word) ?? 0, (from) =>
        pick(from, `${salt} ${from.length}`),
      );
    const [first, value] = say(words[i % words.length], "first");
    const [second, sameSign] = say(pick(words, "other"), "second");
    const isLong = sameSign * value > 0 && hashText(`${i} long`, SEED) % 3 > 0;
    const review = (isLong ? [first, second] : [first]).map(capitalize).join(" ");
    return { review, label: value > 0 ? "positive" : "negative" };
  };
}

/** The forms that a word may stand in, by the parts of speech that WordNet gives it. */
function speakers(synsets: readonly Synset[]): (word: string) => readonly Say[] {
  const parts = new Map<string, Set<Synset["pos"]>>();
  for (const { words, pos } of synsets)
    for (const word of words) parts.set(word, (parts.get(word) ?? new Set<Synset["pos"]>()).add(pos));
  return (word) => {
    const known = parts.get(word);
    // a word that can be an adjective is said as one: "love" the verb and "mean" the verb say other things
    if (known?.has("a")) return [...ANY, ...ADJECTIVE, ...ADJECTIVE];
    if (known?.has("n")) return [...ANY, ...NOUN];
    return known?.has("v") ? [...ANY, ...VERB] : ANY;
  };
}

function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
