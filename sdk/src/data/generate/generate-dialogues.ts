import type { ChatMessage } from "../../text/index.js";
import type { Random } from "../../tensor/index.js";
import { drawUnique, pick, type SyntheticOptions } from "./draw-unique.js";
import { INTENTS, type Intent, type Slots } from "./intents.js";
import { drawSlots } from "./slots.js";

export interface DialogueRow {
  readonly messages: readonly ChatMessage[];
  /** What the customer wants, one for each of the customer's questions. */
  readonly intents: readonly string[];
}

/** The names of all intents of `generateDialogues`. */
export const DIALOGUE_INTENTS: readonly string[] = Object.keys(INTENTS);

const SYSTEM =
  "You answer the customers of a shop. Be short and polite. Ask for the order number if you need it and do not have it.";

/**
 * Conversations between a customer of a shop and its service: greeting, one to three concerns each with an intent, questions back for what
 * is missing, and a close. The answers keep to what the customer said: an order number is asked for once.
 *
 * @throws E_CONFIG for options out of range, or more conversations than there are
 * @example
 * const [row] = generateDialogues({ count: 1, seed: 1 });
 * row.messages[0].role // "system"
 */
export function generateDialogues(options: SyntheticOptions): DialogueRow[] {
  return drawUnique(options, "dialogues", drawDialogue, ({ messages }) =>
    messages.map(({ content }) => content).join("\n"),
  );
}

const OPENINGS = ["", "Hello, ", "Hi, ", "Good morning, ", "Good evening, "];
const CLOSINGS: readonly (readonly [string, string])[] = [
  ["Thank you, that is all.", "You are welcome. Have a good day!"],
  ["Great, thanks!", "Glad to help. Goodbye!"],
  ["No, that was it.", "Thank you for writing to us. Goodbye!"],
  ["Perfect, bye.", "Goodbye, and thank you!"],
];
const ASK_NUMBER = [
  "Of course. What is the number of your order?",
  "I can look that up. Could you tell me the order number?",
  "Gladly. Please give me your order number first.",
];
const TELL_NUMBER = ["It is {order}.", "The number is {order}.", "{order}", "Order {order}."];

function drawDialogue(random: Random): DialogueRow {
  const slots = drawSlots(random);
  const names = chooseIntents(random);
  const messages: ChatMessage[] = [{ role: "system", content: SYSTEM }];
  const say = (role: "user" | "assistant", text: string): void => {
    messages.push({ role, content: fill(text, slots) });
  };
  let hasNumber = false;
  names.forEach((name, i) => {
    const intent: Intent = INTENTS[name];
    const opening = i === 0 ? pick(random, OPENINGS) : pick(random, ["One more thing: ", "And ", "Also, "]);
    const question = pick(random, intent.questions);
    const gives = intent.needsOrder && !hasNumber && random.integer(2) === 0;
    say("user", join(opening, question) + (gives ? " My order number is {order}." : ""));
    if (intent.needsOrder && !hasNumber && !gives) {
      say("assistant", pick(random, ASK_NUMBER));
      say("user", pick(random, TELL_NUMBER));
    }
    hasNumber ||= intent.needsOrder;
    say("assistant", pick(random, intent.answers));
  });
  const [bye, answer] = pick(random, CLOSINGS);
  say("user", bye);
  say("assistant", answer);
  return { messages, intents: names };
}

function chooseIntents(random: Random): string[] {
  const order = random.permutation(DIALOGUE_INTENTS.length);
  return Array.from(order.subarray(0, 1 + random.integer(3)), (i) => DIALOGUE_INTENTS[i]);
}

function join(opening: string, question: string): string {
  const isProper = question.startsWith("I ");
  return opening === "" || isProper
    ? opening + question
    : opening + question[0].toLowerCase() + question.slice(1);
}

function fill(text: string, slots: Slots): string {
  return text.replace(/\{(\w+)\}/g, (_, name: keyof Slots) => slots[name]);
}
