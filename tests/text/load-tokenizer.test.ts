import assert from "node:assert/strict";
import { copyFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { loadTokenizer, readTiktoken, Tokenizer, UnigramTokenizer, WordPieceTokenizer } from "gradlab";

const repository = fileURLToPath(new URL("../../../", import.meta.url));
const golden = (name: string): string => join(repository, "tests/golden/sentencepiece", name);

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "tokenizer-"));
  try {
    await run(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** All bytes, then "ab", "abc", as a tiktoken file. */
const tiktoken = [...Array.from({ length: 256 }, (_, byte) => [byte]), [97, 98], [97, 98, 99]]
  .map((bytes, rank) => `${Buffer.from(bytes).toString("base64")} ${rank}\n`)
  .join("");

void test("a file is known by its content, a folder by the files in it", async () => {
  await inFolder(async (folder) => {
    const at = (name: string): string => join(folder, name);
    await writeFile(at("vocab.txt"), "[PAD]\n[UNK]\n[CLS]\n[SEP]\nun\n##able\n!\n");
    assert.deepEqual([...(await loadTokenizer(folder)).encode("Unable!")], [2, 4, 5, 6, 3]);
    await copyFile(golden("unigram.model"), at("spiece.model"));
    assert.ok((await loadTokenizer(folder)) instanceof UnigramTokenizer);
    await writeFile(at("tokenizer.model"), tiktoken);
    const llama = await loadTokenizer(folder, { encoding: "llama3" });
    assert.deepEqual([...llama.encode("abcab", { addSpecialTokens: false })], [257, 256]);
    assert.ok((await loadTokenizer(at("vocab.txt"))) instanceof WordPieceTokenizer);
    await writeFile(
      at("renamed"),
      JSON.stringify(Tokenizer.train(["low lower"], { vocabSize: 260 }).toJSON()),
    );
    assert.ok((await loadTokenizer(at("renamed"))) instanceof Tokenizer);
  });
});

void test("case of BERT's vocabulary: by the configuration, else by its pieces", async () => {
  const encode = async (pieces: string, config: object): Promise<number[]> => {
    let ids: number[] = [];
    await inFolder(async (folder) => {
      await writeFile(join(folder, "vocab.txt"), pieces);
      await writeFile(join(folder, "tokenizer_config.json"), JSON.stringify(config));
      ids = [...(await loadTokenizer(folder)).encode("A a")];
    });
    return ids;
  };
  assert.deepEqual(await encode("[UNK]\na\n", {}), [1, 1]);
  assert.deepEqual(await encode("[UNK]\na\nA\n", {}), [2, 1]);
  assert.deepEqual(await encode("[UNK]\na\nA\n", { do_lower_case: true }), [1, 1]);
  assert.deepEqual(await encode("[UNK]\r\na\r\n", { do_lower_case: false }), [0, 1]);
});

void test("what is wrong with a file is said, with its place", async () => {
  await inFolder(async (folder) => {
    const refuses = async (name: string, text: string, expected: object): Promise<void> => {
      await writeFile(join(folder, name), text);
      await assert.rejects(loadTokenizer(join(folder, name)), expected);
    };
    await assert.rejects(loadTokenizer(folder), { code: "E_TOKENIZER", message: /no tokenizer/ });
    await assert.rejects(loadTokenizer(join(folder, "none.json")), { code: "E_FILE_NOT_FOUND" });
    await refuses("a.bin", "hello", { code: "E_TOKENIZER", message: /a\.bin is not a tokenizer file/ });
    await refuses("a.json", "{,}", { code: "E_FILE_FORMAT" });
    await refuses("vocab.txt", "a\nb\n", { code: "E_TOKENIZER", message: /\[UNK\]/ });
    await refuses("vocab.txt", "[UNK]\na\nb\na\n", { code: "E_TOKENIZER", message: /twice/ });
    await refuses("x.tiktoken", "IQ== 0\nIg==\n", { code: "E_TOKENIZER", message: /base64/ });
    await refuses("x.tiktoken", tiktoken, { code: "E_TOKENIZER", message: /258 tokens/ });
  });
  assert.throws(() => readTiktoken("IQ== 0\n%% 1", { file: "my.tiktoken" }), /my\.tiktoken:2:1/);
});
