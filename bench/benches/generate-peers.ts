import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { writeLlamaGguf, type GgufType } from "../gguf/index.js";
import {
  cacheDir,
  childScript,
  ensureBenchDependencies,
  repoRoot,
  type BenchOptions,
  type PeerSpec,
} from "../harness/index.js";
import { writeOnnxFolder, type OnnxScheme } from "../onnx/index.js";
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

export const CONTEXT = 1024;

type Gradlab = "f32" | "int8" | "int4" | "int4, 4-bit head";

interface Scheme {
  readonly gradlab: Gradlab;
  readonly gguf: { readonly linear: GgufType; readonly table: GgufType };
  readonly onnx?: OnnxScheme;
}

/** Peers of one line compute with weights of the same bits. gradlab's int4 keeps the token table and the head at eight. */
export const SCHEMES: readonly Scheme[] = [
  { gradlab: "f32", gguf: { linear: "F16", table: "F16" }, onnx: "fp32" },
  { gradlab: "int8", gguf: { linear: "Q8_0", table: "Q8_0" }, onnx: "q8" },
  { gradlab: "int4", gguf: { linear: "Q4_0", table: "Q8_0" } },
  { gradlab: "int4, 4-bit head", gguf: { linear: "Q4_0", table: "Q4_0" }, onnx: "q4" },
];

export const ggufLabel = ({ gguf: { linear, table } }: Scheme): string =>
  linear === table ? linear : `${linear} with ${table} head`;
export const namesOf = (scheme: Scheme): { gradlab: string; llama: string; onnx: string } => ({
  gradlab: `gradlab ${scheme.gradlab}`,
  llama: `llama.cpp ${ggufLabel(scheme)}`,
  onnx: `transformers.js ${scheme.onnx ?? "–"}`,
});

export const ggufPath = ({ gguf: { linear, table } }: Scheme): string =>
  join(cacheDir(), `llama-125m-${linear === table ? linear : `${linear}-${table}`}.gguf`);

function ggufFile(scheme: Scheme): string {
  const path = ggufPath(scheme);
  if (!existsSync(path)) {
    process.stderr.write(`  writing ${ggufLabel(scheme)} weights\n`);
    const { linear, table } = scheme.gguf;
    writeLlamaGguf(path, SHAPE_125M, llamaTensors(SHAPE_125M), linear, table);
  }
  return path;
}

/** When the compiled quantizer last changed: older quantized folders are made anew. */
function quantizerTime(): number {
  const dir = join(repoRoot, "sdk/dist/quantize");
  const files = readdirSync(dir, { recursive: true, encoding: "utf8" }).filter((f) => f.endsWith(".js"));
  return Math.max(...files.map((f) => statSync(join(dir, f)).mtimeMs));
}

function gradlabFolder(scheme: Gradlab): string {
  const dense = join(cacheDir(), "llama-125m-hf");
  writeHuggingFaceFolder(dense, SHAPE_125M, llamaTensors(SHAPE_125M));
  if (scheme === "f32") return dense;
  const folder = join(cacheDir(), `llama-125m-${scheme.replace(/, |-| /g, "_")}`);
  const config = join(folder, "config.json");
  if (existsSync(config) && statSync(config).mtimeMs > quantizerTime()) return folder;
  process.stderr.write(`  quantizing to ${scheme}\n`);
  const method = scheme === "int8" ? "dynamic_int8" : "int4_weight_only";
  const job = JSON.stringify({ from: dense, to: folder, method, smallHead: scheme === "int4, 4-bit head" });
  const done = spawnSync(process.execPath, [childScript("cases/quantize-model.js"), job], {
    encoding: "utf8",
  });
  if (done.status !== 0) throw new Error(`Quantizing to ${scheme} failed: ${done.stderr.slice(-500)}`);
  return folder;
}

function gradlabPeer(scheme: Gradlab, { threads }: BenchOptions): PeerSpec {
  const config = JSON.stringify({ folder: gradlabFolder(scheme), threads, context: CONTEXT });
  const script = childScript("cases/gradlab-generate.js");
  return { name: `gradlab ${scheme}`, command: [process.execPath, script, config] };
}

function transformersJsPeer(scheme: OnnxScheme, { threads }: BenchOptions): PeerSpec {
  const name = `transformers.js ${scheme}`;
  const missing = ensureBenchDependencies("@huggingface/transformers");
  if (missing !== undefined) return { name, unavailable: missing };
  const folder = join(cacheDir(), "llama-125m-onnx");
  writeOnnxFolder(folder, SHAPE_125M, llamaTensors(SHAPE_125M), scheme);
  const config = JSON.stringify({ folder, dtype: scheme, threads });
  return { name, command: [process.execPath, childScript("cases/transformers-js-generate.js"), config] };
}

/** The peers of every scheme, and what was checked of llama.cpp. */
export async function generatePeers(options: BenchOptions): Promise<{ specs: PeerSpec[]; check: string }> {
  const found = llamaPeer();
  const llama = (scheme: Scheme): PeerSpec => {
    const name = namesOf(scheme).llama;
    if ("unavailable" in found) return { name, unavailable: found.unavailable };
    return { name, command: llamaCommand(found.binary, ggufFile(scheme), options.threads, CONTEXT) };
  };
  const specs = SCHEMES.flatMap((scheme) => [
    llama(scheme),
    gradlabPeer(scheme.gradlab, options),
    ...(scheme.onnx ? [transformersJsPeer(scheme.onnx, options)] : []),
  ]);
  return { specs, check: "unavailable" in found ? "" : await checkLlama(found.binary) };
}

async function checkLlama(binary: string): Promise<string> {
  const error = await checkLlamaPeer(binary, "F32");
  if (!(error < 1e-2))
    throw new Error(`llama.cpp's logits differ from PyTorch's by ${error} on the tiny model`);
  return `Self-check: llama.cpp's logits of the tiny golden model (F32 GGUF) differ from PyTorch's by at most ${error.toExponential(1)}.`;
}
