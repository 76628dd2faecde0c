import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { writeLlamaGguf, type GgufType } from "../gguf/index.js";
import {
  cacheDir,
  childScript,
  measure,
  ratio,
  round,
  table,
  type Bench,
  type BenchOptions,
  type Measured,
  type PeerSpec,
} from "../harness/index.js";
import { llamaTensors, writeHuggingFaceFolder, type LlamaShape } from "../weights/index.js";
import { checkLlamaPeer, llamaCommand, llamaPeer } from "./llama-cpp.js";

/** 125 M parameters, untied, random weights. */
export const SHAPE_125M: LlamaShape = {
  layers: 12,
  d: 768,
  heads: 12,
  kvHeads: 4,
  ff: 2048,
  vocab: 32000,
  maxLength: 2048,
};

const CONTEXT = 1024;
const SCHEMES = [
  { gguf: "F16", gradlab: "f32" },
  { gguf: "Q8_0", gradlab: "int8" },
  { gguf: "Q4_0", gradlab: "int4" },
] as const;

function ggufFile(type: GgufType): string {
  const path = join(cacheDir(), `llama-125m-${type}.gguf`);
  if (!existsSync(path)) {
    process.stderr.write(`  writing ${type} weights\n`);
    writeLlamaGguf(path, SHAPE_125M, llamaTensors(SHAPE_125M), type);
  }
  return path;
}

function gradlabPeer(scheme: string, options: BenchOptions): PeerSpec {
  const name = `gradlab ${scheme}`;
  const script = childScript("cases/gradlab-generate.js");
  if (!existsSync(script)) return { name, unavailable: "bench/cases/gradlab-generate.ts is not written yet" };
  if (scheme !== "f32") return { name, unavailable: "the case does not quantize yet" };
  const folder = join(cacheDir(), "llama-125m-hf");
  writeHuggingFaceFolder(folder, SHAPE_125M, llamaTensors(SHAPE_125M));
  const config = JSON.stringify({ folder, scheme, threads: options.threads, context: CONTEXT });
  return { name, command: [process.execPath, script, config] };
}

function transformersJsPeer(): PeerSpec {
  const name = "transformers.js q4";
  const script = childScript("cases/transformers-js-generate.js");
  const model = join(cacheDir(), "llama-125m-onnx");
  if (!existsSync(script))
    return { name, unavailable: "bench/cases/transformers-js-generate.ts is not written yet" };
  if (!existsSync(model))
    return { name, unavailable: "no ONNX export of the 125 M model in bench/.cache yet" };
  return { name, command: [process.execPath, script, JSON.stringify({ model, context: CONTEXT })] };
}

async function peers(options: BenchOptions): Promise<{ specs: PeerSpec[]; check: string }> {
  const found = llamaPeer();
  if ("unavailable" in found) {
    const specs = SCHEMES.map((s) => ({ name: `llama.cpp ${s.gguf}`, unavailable: found.unavailable }));
    return { specs: [...specs, ...SCHEMES.map((s) => gradlabPeer(s.gradlab, options))], check: "" };
  }
  const error = await checkLlamaPeer(found.binary, "F32");
  if (!(error < 1e-2))
    throw new Error(`llama.cpp's logits differ from PyTorch's by ${error} on the tiny model`);
  const specs = SCHEMES.flatMap((s) => [
    {
      name: `llama.cpp ${s.gguf}`,
      command: llamaCommand(found.binary, ggufFile(s.gguf), options.threads, CONTEXT),
    },
    gradlabPeer(s.gradlab, options),
  ]);
  const check = `Self-check: llama.cpp's logits of the tiny golden model (F32 GGUF) differ from PyTorch's by at most ${error.toExponential(1)}.`;
  return { specs: [...specs, transformersJsPeer()], check };
}

function opponentOf(name: string): string | undefined {
  const scheme = SCHEMES.find((s) => name === `gradlab ${s.gradlab}`);
  return scheme && `llama.cpp ${scheme.gguf}`;
}

function row(m: Measured, all: readonly Measured[]): string[] {
  if (m.unavailable !== undefined) return [m.name, `not run: ${m.unavailable}`, "", "", "", "", ""];
  const rival = all.find((o) => o.name === opponentOf(m.name));
  return [
    m.name,
    round(1000 / m.wallMs),
    round(1000 / m.wallMsBest),
    round(1000 / m.cpuMs),
    Math.round(m.rssMb).toString(),
    ratio(m.wallMs, rival?.wallMs),
    ratio(m.cpuMs, rival?.cpuMs),
  ];
}

function sameTokens(all: readonly Measured[]): string {
  const lines = all.flatMap((m) => {
    const rival = all.find((o) => o.name === opponentOf(m.name));
    if (!rival || m.tokens.length === 0 || rival.tokens.length === 0) return [];
    const agree = m.tokens.findIndex((t, i) => t !== rival.tokens[i]);
    return [
      `${m.name} and ${rival.name}: ${agree < 0 ? "all" : `the first ${agree}`} of ${m.tokens.length} tokens equal.`,
    ];
  });
  return lines.join(" ");
}

function generateBench(mode: "decode" | "prefill", title: string, units: number): Bench {
  return {
    name: mode,
    title,
    async run(options) {
      const { specs, check } = await peers(options);
      const request = { mode, context: 256 };
      const all = await measure(specs, { rounds: options.rounds, units, request });
      const header = [
        "peer",
        "tok/s",
        "best tok/s",
        "tok per cpu s",
        "peak RSS MB",
        "wall ratio",
        "cpu ratio",
      ];
      const gguf = SCHEMES.map((s) => ({
        type: s.gguf,
        path: join(cacheDir(), `llama-125m-${s.gguf}.gguf`),
      }));
      const sizes = gguf
        .filter((g) => existsSync(g.path))
        .map((g) => `${g.type} ${Math.round(statSync(g.path).size / 1e6)} MB`);
      const busy = all.reduce((sum, m) => sum + m.busySlices, 0);
      const total = all.reduce((sum, m) => sum + m.slices, 0);
      return [
        `12 layers, d 768, 12 heads over 4 key/value heads, feed-forward 2048, vocabulary 32000, untied, random weights; batch 1, ${options.threads} threads, n_ctx ${CONTEXT}; every slice starts with 16 untimed tokens (prefill: 64). Files: ${sizes.join(", ")}. llama.cpp v0.5.0 (prebuilt in @node-llama-cpp/linux-x64 3.22.1), driven in C.`,
        table(
          header,
          all.map((m) => row(m, all)),
        ),
        `${check} ${sameTokens(all)} ${busy} of ${total} slices began on a busy machine.`.trim(),
      ].join("\n\n");
    },
  };
}

export const decodeBench = generateBench(
  "decode",
  "Decode: 128 tokens, one at a time, from a context of 256",
  128,
);
export const prefillBench = generateBench("prefill", "Prefill: one prompt of 512 tokens", 512);
