/**
 * Writes what gradlab/en-3m-instruct is taught and examined with: `.cache/instruct/train.jsonl`, `heldout.jsonl` (rows
 * with messages) and the examinations of `examine.ts`.
 *
 *   node scripts/dist/train/instruct-data.js
 *
 * Everything taught is the train split of the generators' seed 0, and dictionary entries that pre-training may read;
 * everything examined is the test split, which neither has seen.
 */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import {
  generateDialogues,
  generateInstructions,
  type InstructionRow,
  type InstructionSource,
} from "gradlab";
import { makeConversations } from "../corpus/anneal.js";
import { assembleCorpus } from "../corpus/assemble.js";
import { shuffleByHash } from "../corpus/hash.js";
import { SafeWriter } from "../corpus/pack.js";
import { type Conversation, EXAMINATIONS, INSTRUCT_FOLDER } from "./instruct.js";

const COUNTS = { instructions: 12_000, dialogues: 2_000, questions: 5_000, seed: 11 };
const HELD_OUT = { instructions: 800, dialogues: 200 };

function write(name: string, rows: readonly Conversation[]): void {
  const writer = new SafeWriter(join(INSTRUCT_FOLDER, name));
  for (const messages of rows) writer.write(`${JSON.stringify({ messages })}\n`);
  const { sha256 } = writer.finish();
  console.log(`${name}: ${rows.length} rows, sha256 ${sha256.slice(0, 16)}`);
}

const conversation = ({ instruction, input, output }: InstructionRow): Conversation => [
  { role: "user", content: input === "" ? instruction : `${instruction}\n${input}` },
  { role: "assistant", content: output },
];

function dictionary(): Conversation[] {
  const corpus = assembleCorpus(".cache");
  const open = new Set(corpus.train.filter(({ source }) => source === "wordnet").map(({ id }) => id));
  const byId = new Map(corpus.synsets.map((synset) => [synset.id, synset]));
  const synsets = corpus.synsets.filter(({ id }) => open.has(id));
  const options = { questions: COUNTS.questions, sums: 0, seed: COUNTS.seed };
  return makeConversations(synsets, byId, options).map((messages) => [...messages]);
}

mkdirSync(INSTRUCT_FOLDER, { recursive: true });
const taught = [
  ...generateInstructions({ count: COUNTS.instructions }).map(conversation),
  ...generateDialogues({ count: COUNTS.dialogues }).map(({ messages }) => messages),
  ...dictionary(),
];
write(
  "train.jsonl",
  shuffleByHash(taught, (messages) => JSON.stringify(messages), COUNTS.seed),
);
write("heldout.jsonl", [
  ...generateInstructions({ count: HELD_OUT.instructions, split: "test" }).map(conversation),
  ...generateDialogues({ count: HELD_OUT.dialogues, split: "test" }).map(({ messages }) => messages),
]);
for (const [skill, count] of Object.entries(EXAMINATIONS)) {
  const rows = generateInstructions({ count, split: "test", sources: [skill as InstructionSource] });
  write(`examine-${skill}.jsonl`, rows.map(conversation));
}
