import { existsSync, statSync } from "node:fs";
import { measure, ratio, round, table, type Bench, type Measured } from "../harness/index.js";
import { CONTEXT, generatePeers, ggufLabel, ggufPath, namesOf, SCHEMES } from "./generate-peers.js";

const HEADER = [
  "peer",
  "tok/s",
  "best tok/s",
  "tok per cpu s",
  "peak RSS MB",
  "time ÷ llama.cpp's",
  "cpu ÷ llama.cpp's",
  "time ÷ transformers.js's",
  "cpu ÷ transformers.js's",
];

const find = (all: readonly Measured[], name: string): Measured | undefined =>
  all.find((m) => m.name === name && m.unavailable === undefined);

const namesFor = (gradlab: string): ReturnType<typeof namesOf> | undefined =>
  SCHEMES.map(namesOf).find((names) => names.gradlab === gradlab);

function row(m: Measured, all: readonly Measured[]): string[] {
  if (m.unavailable !== undefined)
    return [m.name, `not run: ${m.unavailable}`, ...HEADER.slice(2).map(() => "")];
  const names = namesFor(m.name);
  const [llama, onnx] = [find(all, names?.llama ?? ""), find(all, names?.onnx ?? "")];
  return [
    m.name,
    round(1000 / m.wallMs),
    round(1000 / m.wallMsBest),
    round(1000 / m.cpuMs),
    Math.round(m.rssMb).toString(),
    ratio(m.wallMs, llama?.wallMs),
    ratio(m.cpuMs, llama?.cpuMs),
    ratio(m.wallMs, onnx?.wallMs),
    ratio(m.cpuMs, onnx?.cpuMs),
  ];
}

function compareTokens(a: Measured | undefined, b: Measured | undefined): string[] {
  if (!a || !b || a.tokens.length === 0 || b.tokens.length === 0) return [];
  const apart = a.tokens.findIndex((t, i) => t !== b.tokens[i]);
  const agree = apart < 0 ? "all" : `the first ${apart}`;
  return [`${a.name} and ${b.name}: ${agree} of ${a.tokens.length} tokens equal.`];
}

function sameTokens(all: readonly Measured[]): string {
  const lines = SCHEMES.map(namesOf).flatMap(({ gradlab, llama, onnx }) => [
    ...compareTokens(find(all, gradlab), find(all, llama)),
    ...compareTokens(find(all, gradlab), find(all, onnx)),
  ]);
  return `Greedy tokens: ${lines.join(" ")}`;
}

/** In float32 nothing is rounded away: different tokens mean that the peers do not compute the same model. */
function requireEqualTokens(all: readonly Measured[]): void {
  const [ours, theirs] = [find(all, "gradlab f32"), find(all, "transformers.js fp32")];
  if (ours && theirs && ours.tokens.join() !== theirs.tokens.join())
    throw new Error(compareTokens(ours, theirs).join(""));
}

function setting(threads: number): string {
  const sizes = SCHEMES.filter((s) => existsSync(ggufPath(s))).map(
    (s) => `${ggufLabel(s)} ${Math.round(statSync(ggufPath(s)).size / 1e6)} MB`,
  );
  return [
    "12 layers, d 768, 12 heads over 4 key/value heads, feed-forward 2048, vocabulary 32000, untied, random weights;",
    `batch 1, ${threads} threads, n_ctx ${CONTEXT}; every slice starts with 16 untimed tokens (prefill: 64).`,
    `GGUF files: ${sizes.join(", ")}. llama.cpp v0.5.0 (prebuilt in @node-llama-cpp/linux-x64 3.22.1), driven in C;`,
    "transformers.js 4.3.1 by its generate(), on ONNX files of the same weights with the integers of gradlab's quantizer.",
    "A row is compared with the peers whose weights have the same bits; gradlab's int4 keeps the token table and the head at eight.",
  ].join(" ");
}

function generateBench(mode: "decode" | "prefill", title: string, units: number): Bench {
  return {
    name: mode,
    title,
    async run(options) {
      const { specs, check } = await generatePeers(options);
      const request = { mode, context: 256 };
      const all = await measure(specs, { rounds: options.rounds, units, request });
      requireEqualTokens(all);
      const busy = all.reduce((sum, m) => sum + m.busySlices, 0);
      const total = all.reduce((sum, m) => sum + m.slices, 0);
      const rows = table(
        HEADER,
        all.map((m) => row(m, all)),
      );
      const notes = `${check} ${sameTokens(all)} ${busy} of ${total} slices began on a busy machine.`.trim();
      return [setting(options.threads), rows, notes].join("\n\n");
    },
  };
}

export const decodeBench = generateBench(
  "decode",
  "Decode: 128 tokens, one at a time, from a context of 256",
  128,
);
export const prefillBench = generateBench("prefill", "Prefill: one prompt of 512 tokens", 512);
