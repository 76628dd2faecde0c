import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import {
  collate,
  GradlabError,
  readTokenizer,
  packTokens,
  prepareExamples,
  readTokens,
  renderChat,
  Tokenizer,
  tokenizeExample,
  type Example,
  type TokenizerJson,
} from "gradlab";
import { temporaryFolder } from "./temporary.js";

const folder = fileURLToPath(new URL("../../../models/en-3m", import.meta.url));
const tokenizer = await readTokenizer(folder);
const write = temporaryFolder();

const learned = ({ ids, lossMask }: Example): string =>
  tokenizer.decode(ids.filter((_, i) => lossMask[i] === 1));

const codeOf = (action: () => unknown): string => {
  try {
    action();
  } catch (error) {
    return error instanceof GradlabError ? error.code : String(error);
  }
  return "nothing thrown";
};

void describe("tokenizeExample", () => {
  void test("learns the completion and the end, reads the prompt", () => {
    const example = tokenizeExample({ prompt: "pneumonia :", completion: " a disease" }, tokenizer);
    assert.equal(tokenizer.decode(example.ids), "pneumonia : a disease<|endoftext|>");
    assert.equal(learned(example), " a disease<|endoftext|>");
    assert.equal(example.truncated, false);
  });

  void test("learns all of a text, and prompts too when asked", () => {
    assert.equal(learned(tokenizeExample({ text: "all of it" }, tokenizer)), "all of it<|endoftext|>");
    const all = tokenizeExample({ prompt: "a", completion: "b" }, tokenizer, { lossOn: "all" });
    assert.equal(learned(all), "ab<|endoftext|>");
  });

  void test("learns the assistant's turns", () => {
    const messages = [
      { role: "user", content: "hi" },
      { role: "assistant", content: "hello" },
    ] as const;
    const example = tokenizeExample({ messages }, tokenizer);
    assert.equal(tokenizer.decode(example.ids), renderChat(messages));
    assert.equal(learned(example), "hello<|im_end|>");
  });

  void test("cuts at maxLength and says so", () => {
    const row = { prompt: "one two three", completion: " four five six seven" };
    const whole = tokenizeExample(row, tokenizer);
    const cut = tokenizeExample(row, tokenizer, { maxLength: 5 });
    assert.deepEqual(cut.ids, whole.ids.slice(0, 5));
    assert.deepEqual(cut.lossMask, whole.lossMask.slice(0, 5));
    assert.equal(cut.truncated, true);
    assert.equal(tokenizeExample(row, tokenizer, { maxLength: whole.ids.length }).truncated, false);
    assert.equal(
      codeOf(() => tokenizeExample(row, tokenizer, { maxLength: 1 })),
      "E_CONFIG",
    );
  });

  void test("a beginning-of-text token is read, never learned, and an end token stands once at the end", () => {
    const json: TokenizerJson = {
      ...tokenizer.toJSON(),
      post_processor: {
        type: "TemplateProcessing",
        single: [
          { SpecialToken: { id: "<|cls|>" } },
          { Sequence: { id: "A" } },
          { SpecialToken: { id: "<|endoftext|>" } },
        ],
        special_tokens: { "<|cls|>": { ids: [8] }, "<|endoftext|>": { ids: [0] } },
      },
    };
    const framed = Tokenizer.fromJSON(json, { eos_token: "<|endoftext|>" });
    assert.equal(framed.bosId, 8);
    const { ids, lossMask } = tokenizeExample({ prompt: "a", completion: "b" }, framed, { lossOn: "all" });
    assert.deepEqual([...ids], [8, framed.idOf("a"), framed.idOf("b"), 0]);
    assert.deepEqual([...lossMask], [0, 1, 1, 1]);
  });
});

void describe("prepareExamples", () => {
  void test("counts what is cut and what is dropped", async () => {
    const rows = [
      { text: "short" },
      { text: "" },
      { prompt: "a prompt that alone fills the whole length of it", completion: "x" },
      { prompt: "q", completion: " a completion that is much longer than what there is room for" },
    ];
    const { examples, counts } = await prepareExamples(rows, tokenizer, { maxLength: 8 });
    assert.deepEqual(
      { rows: counts.rows, kept: counts.kept, truncated: counts.truncated, dropped: counts.dropped },
      { rows: 4, kept: 2, truncated: 1, dropped: 2 },
    );
    assert.equal(counts.tokens, examples[0].ids.length + 8);
    assert.equal(counts.learnedTokens, examples[0].ids.length - 1 + 7);
  });

  void test("the fingerprint follows the data", async () => {
    const of = async (text: string): Promise<string> =>
      (await prepareExamples([{ text }], tokenizer)).fingerprint;
    assert.equal(await of("one"), await of("one"));
    assert.notEqual(await of("one"), await of("two"));
  });

  void test("refuses data of which nothing can be learned", async () => {
    await assert.rejects(prepareExamples([{ text: "" }], tokenizer), { code: "E_ALL_LABELS_MASKED" });
    await assert.rejects(prepareExamples([], tokenizer), { code: "E_DATA_EMPTY" });
  });
});

void describe("collate", () => {
  const example = (ids: number[], lossMask: number[]): Pick<Example, "ids" | "lossMask"> => ({
    ids: Int32Array.from(ids),
    lossMask: Uint8Array.from(lossMask),
  });

  void test("shifts by one and pads", () => {
    const batch = collate([example([5, 6, 7, 8], [0, 0, 1, 1]), example([9, 4], [1, 1])], {
      length: 4,
      padId: 1,
    });
    assert.deepEqual([...batch.inputIds], [5, 6, 7, 1, 9, 1, 1, 1]);
    assert.deepEqual([...batch.targets], [6, 7, 8, 1, 4, 1, 1, 1]);
    assert.deepEqual([...batch.weights], [0, 1, 1, 0, 1, 0, 0, 0]);
    assert.deepEqual([batch.batchSize, batch.length], [2, 4]);
  });

  void test("takes the length the longest example needs", () => {
    assert.equal(collate([example([1, 2, 3, 4], [1, 1, 1, 1])], { padId: 0 }).length, 3);
    assert.equal(collate([example([1, 2, 3, 4], [1, 1, 1, 1])], { padId: 0, multipleOf: 8 }).length, 8);
  });

  void test("never cuts", () => {
    assert.equal(
      codeOf(() => collate([example([1, 2, 3, 4], [1, 1, 1, 1])], { padId: 0, length: 2 })),
      "E_SHAPE",
    );
    assert.equal(
      codeOf(() => collate([], { padId: 0 })),
      "E_DATA_EMPTY",
    );
  });
});

void describe("packTokens", () => {
  void test("predicts every token but the first exactly once", () => {
    const tokens = Uint16Array.from({ length: 23 }, (_, i) => i);
    const windows = packTokens(tokens, 5);
    assert.equal(windows.length, 4);
    assert.equal(windows.droppedTokens, 2);
    const batch = windows.batch([0, 1, 2, 3]);
    assert.deepEqual(
      [...batch.inputIds],
      Array.from({ length: 20 }, (_, i) => i),
    );
    assert.deepEqual(
      [...batch.targets],
      Array.from({ length: 20 }, (_, i) => i + 1),
    );
    assert.ok(batch.weights.every((weight) => weight === 1));
    assert.deepEqual([...windows.batch([2]).inputIds], [10, 11, 12, 13, 14]);
  });

  void test("takes parts, and ids beyond 16 bits", () => {
    const windows = packTokens([Int32Array.of(1, 2), Int32Array.of(100_000), Int32Array.of(4, 5)], 2);
    assert.deepEqual([...windows.batch([0, 1]).targets], [2, 100_000, 4, 5]);
  });

  void test("refuses what cannot be packed", () => {
    assert.equal(
      codeOf(() => packTokens(new Uint16Array(5), 5)),
      "E_DATA_EMPTY",
    );
    assert.equal(
      codeOf(() => packTokens(new Uint16Array(50), 0)),
      "E_CONFIG",
    );
    assert.equal(
      codeOf(() => packTokens(new Uint16Array(50), 5).at(9)),
      "E_INDEX",
    );
  });

  void test("token files are read as they were written", async () => {
    assert.deepEqual([...(await readTokens(write("t.u16", Uint8Array.of(1, 0, 255, 15))))], [1, 4095]);
    await assert.rejects(readTokens(write("odd.u16", Uint8Array.of(1, 0, 2))), { code: "E_FILE_FORMAT" });
    await assert.rejects(readTokens(write("empty.u16", "")), { code: "E_DATA_EMPTY" });
    await assert.rejects(readTokens("no/such.u16"), { code: "E_FILE_NOT_FOUND" });
  });
});

void test("a folder without a readable tokenizer is refused", async () => {
  await assert.rejects(readTokenizer("no/such/folder"), { code: "E_FILE_NOT_FOUND" });
  const file = write("tokenizer.json", "{");
  await assert.rejects(readTokenizer(file.replace(/tokenizer\.json$/, "")), { code: "E_FILE_FORMAT" });
});
