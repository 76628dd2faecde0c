import { generateArithmetic, generateCode, generateDialogues, generateExtraction } from "gradlab";
import type { Conversation } from "./anneal.js";

/** Every set is the train split of seed 0: its test split stays unseen, for examinations. */
const COUNTS = { write: 12_000, explain: 3_000, extraction: 6_000, dialogues: 4_000, arithmetic: 8_000 };

/**
 * What gradlab's generators make, as conversations: programming tasks in four languages and their explanations, facts
 * of a text as JSON, talks of a shop's service, sums with their steps. The same counts give the same list.
 */
export function syntheticConversations(): Conversation[] {
  const code = generateCode({ count: COUNTS.write, cases: 1 });
  const explained = generateCode({ count: COUNTS.explain, cases: 1, direction: "explain" });
  const pairs = [
    ...code,
    ...explained,
    ...generateExtraction({ count: COUNTS.extraction }),
    ...generateArithmetic({ count: COUNTS.arithmetic, steps: true }),
  ];
  return [
    ...pairs.map(({ prompt, completion }): Conversation => [
      { role: "user", content: prompt.trim() },
      { role: "assistant", content: completion.trim() },
    ]),
    ...generateDialogues({ count: COUNTS.dialogues }).map(({ messages }) => messages),
  ];
}
