import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Tokenizer as PeerTokenizer } from "@huggingface/tokenizers";
import { Tokenizer, type TokenizerJson } from "gradlab";
import { median, ratio, repoRoot, round, table, type Bench, type BenchOptions } from "../harness/index.js";

type Encode = (text: string) => ArrayLike<number>;

/** Milliseconds to encode all lines with a tokenizer that has seen nothing. */
function timed(make: () => Encode, lines: readonly string[]): { ms: number; tokens: number } {
  const encode = make();
  const start = performance.now();
  let tokens = 0;
  for (const line of lines) tokens += encode(line).length;
  return { ms: performance.now() - start, tokens };
}

function run({ rounds }: BenchOptions): Promise<string> {
  const json = JSON.parse(
    readFileSync(join(repoRoot, "models/en-3m/tokenizer.json"), "utf8"),
  ) as TokenizerJson;
  const docs = join(repoRoot, "docs");
  const lines = readdirSync(docs)
    .filter((name) => name.endsWith(".md"))
    .flatMap((name) => readFileSync(join(docs, name), "utf8").split("\n"));
  const peers: Readonly<Record<string, () => Encode>> = {
    gradlab: () => {
      const tokenizer = Tokenizer.fromJSON(json);
      return (text) => tokenizer.encode(text);
    },
    "@huggingface/tokenizers": () => {
      const tokenizer = new PeerTokenizer(json, {});
      return (text) => tokenizer.encode(text).ids;
    },
  };
  const times = new Map(Object.keys(peers).map((name) => [name, [] as number[]]));
  const counts = new Set<number>();
  // Round by round, so that a change of the machine meets both.
  for (let i = 0; i < rounds; i++)
    for (const [name, make] of Object.entries(peers)) {
      const { ms, tokens } = timed(make, lines);
      times.get(name)?.push(ms);
      counts.add(tokens);
    }
  if (counts.size !== 1) throw new Error(`the peers gave different tokens: ${[...counts].join(", ")}`);
  const ours = median(times.get("gradlab") ?? []);
  const rows = [...times].map(([name, all]) => [name, round(median(all)), ratio(median(all), ours)]);
  return Promise.resolve(
    `Byte-level BPE of 4096 tokens; the lines of docs/*.md, ${[...counts][0]} tokens.\n\n${table(["peer", "ms", "× gradlab"], rows)}`,
  );
}

export const tokenizersBench: Bench = {
  name: "tokenizers",
  title: "Text to tokens, beside a peer in JavaScript",
  run,
};
