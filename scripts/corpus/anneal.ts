import type { ChatMessage } from "gradlab/internal/text";
import { hashText, shuffleByHash } from "./hash.js";
import type { Synset } from "./sources/wordnet.js";

/** A short conversation made from the dictionary or from arithmetic. */
export type Conversation = readonly ChatMessage[];

type Ask = (
  synset: Synset,
  hypernym: Synset | undefined,
) => readonly [question: string, answer: string] | undefined;

const ARTICLE = (word: string): string => (/^[aeiou]/i.test(word) ? "an" : "a");
const SENTENCE = (text: string): string =>
  text.charAt(0).toUpperCase() + text.slice(1).replace(/[.;,\s]*$/, ".");

const QUESTIONS: readonly Ask[] = [
  ({ words, definition }) => [`What does "${words[0]}" mean?`, SENTENCE(definition)],
  ({ words, definition }) => [`Define ${words[0]}.`, SENTENCE(definition)],
  ({ words, definition, pos }) =>
    pos === "n" ? [`What is ${ARTICLE(words[0])} ${words[0]}?`, SENTENCE(definition)] : undefined,
  ({ words, definition }) => [
    `Explain the word ${words[0]}.`,
    `${SENTENCE(words[0]).slice(0, -1)}: ${definition}.`,
  ],
  ({ words, examples }) =>
    examples.length > 0 ? [`Use "${words[0]}" in a sentence.`, SENTENCE(examples[0])] : undefined,
  ({ words }) => (words.length > 1 ? [`Give a synonym for "${words[0]}".`, SENTENCE(words[1])] : undefined),
  ({ words, pos }, hypernym) =>
    pos === "n" && hypernym !== undefined
      ? [
          `What kind of thing is ${ARTICLE(words[0])} ${words[0]}?`,
          SENTENCE(`${ARTICLE(words[0])} ${words[0]} is a kind of ${hypernym.words[0]}`),
        ]
      : undefined,
  ({ words, definition }) => [`Which word means "${definition}"?`, SENTENCE(words[0])],
];

const SYSTEM: ChatMessage = { role: "system", content: "You are a helpful dictionary. Answer briefly." };

/** Conversations about the given synsets and about small sums; the same input gives the same list. */
export function makeConversations(
  synsets: readonly Synset[],
  all: ReadonlyMap<string, Synset>,
  options: { readonly questions: number; readonly sums: number; readonly seed: number },
): Conversation[] {
  const chosen = shuffleByHash(synsets, ({ id }) => id, options.seed).slice(0, options.questions);
  const asked = chosen.flatMap((synset) => askAbout(synset, all, options.seed));
  const conversations = asked.map(([question, answer], index): Conversation => {
    const turn: ChatMessage[] = [
      { role: "user", content: question },
      { role: "assistant", content: answer },
    ];
    const kind = hashText(question, options.seed + 1) % 10;
    if (kind < 2) return [SYSTEM, ...turn];
    const [nextQuestion, nextAnswer] = asked[(index + 1) % asked.length];
    if (kind > 2) return turn;
    return [...turn, { role: "user", content: nextQuestion }, { role: "assistant", content: nextAnswer }];
  });
  return [...conversations, ...Array.from({ length: options.sums }, (_, i) => sum(i, options.seed))];
}

function askAbout(
  synset: Synset,
  all: ReadonlyMap<string, Synset>,
  seed: number,
): (readonly [string, string])[] {
  const up = synset.pointers.find(({ symbol }) => symbol === "@");
  const hypernym = up === undefined ? undefined : all.get(up.target);
  const possible = QUESTIONS.flatMap((ask) => {
    const pair = ask(synset, hypernym);
    return pair === undefined ? [] : [pair];
  });
  return [possible[hashText(synset.id, seed + 2) % possible.length]];
}

function sum(index: number, seed: number): Conversation {
  const a = hashText(`a${index}`, seed) % 100;
  const b = hashText(`b${index}`, seed) % 100;
  const [high, low] = a > b ? [a, b] : [b, a];
  const [question, answer] = index % 2 === 0 ? [`${a} + ${b}`, a + b] : [`${high} - ${low}`, high - low];
  return [
    { role: "user", content: `What is ${question}?` },
    { role: "assistant", content: `${question} = ${answer}.` },
  ];
}
