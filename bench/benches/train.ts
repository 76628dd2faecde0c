import {
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
import { caseA, caseB, caseC, caseEmbedding, type TrainCase } from "./train-case.js";
import {
  NOTED,
  describeSettings,
  findTorch,
  torchCommand,
  tuneTraining,
  type Environment,
} from "./train-tune.js";

const OURS = "gradlab";
const FAST = "PyTorch, fastest settings found";
const NOTES = "PyTorch, settings of the notes";
const HEADER = [
  "peer",
  "ms per step",
  "best",
  "cpu ms",
  "peak RSS MB",
  "wall ÷ fastest",
  "cpu ÷ fastest",
  "wall ÷ notes",
  "cpu ÷ notes",
  "RSS ÷ notes",
];

function torchPeers(python: string, c: TrainCase, env: Environment): PeerSpec[] {
  const command = torchCommand(python, c);
  return [
    { name: FAST, command, env },
    { name: NOTES, command, env: NOTED, optional: true },
  ];
}

function ourPeer(c: TrainCase): PeerSpec {
  const script = childScript("cases/gradlab-train.js");
  return { name: OURS, command: [process.execPath, script, JSON.stringify(c)] };
}

/** Largest relative difference of the losses of two peers over the steps that both made. */
function lossDifference(a: Measured, b: Measured): { steps: number; worst: number } {
  const steps = Math.min(a.losses.length, b.losses.length);
  let worst = 0;
  for (let i = 0; i < steps; i++) {
    const x = a.losses[i] ?? NaN;
    const y = b.losses[i] ?? NaN;
    worst = Math.max(worst, Math.abs(x - y) / Math.abs(y));
  }
  return { steps, worst };
}

function agreement(all: readonly Measured[]): string {
  const [ours, torch] = [all.find((m) => m.name === OURS), all.find((m) => m.name === FAST)];
  if (!ours || !torch || ours.unavailable !== undefined || torch.unavailable !== undefined) return "";
  const { steps, worst } = lossDifference(ours, torch);
  if (!(worst < 1e-3)) {
    throw new Error(
      `The losses of ${OURS} and ${FAST} differ by ${worst} (relative): they do not train the same model.`,
    );
  }
  return `Losses of ${steps} steps agree within ${worst.toExponential(1)} (relative); the last is ${torch.losses[steps - 1]?.toFixed(4)}.`;
}

function row(m: Measured, all: readonly Measured[]): string[] {
  if (m.unavailable !== undefined)
    return [m.name, `not run: ${m.unavailable}`, ...HEADER.slice(2).map(() => "")];
  const ran = (name: string): Measured | undefined =>
    m.name === OURS ? all.find((o) => o.name === name && o.unavailable === undefined) : undefined;
  const [fast, noted] = [ran(FAST), ran(NOTES)];
  return [
    m.name,
    round(m.wallMs),
    round(m.wallMsBest),
    round(m.cpuMs),
    Math.round(m.rssMb).toString(),
    ratio(m.wallMs, fast?.wallMs),
    ratio(m.cpuMs, fast?.cpuMs),
    ratio(m.wallMs, noted?.wallMs),
    ratio(m.cpuMs, noted?.cpuMs),
    ratio(m.rssMb, noted?.rssMb),
  ];
}

function notes(all: readonly Measured[], env: Environment): string {
  const versions = all.flatMap((m) =>
    Object.entries(m.versions)
      .filter(([name]) => name !== "env")
      .map(([n, v]) => `${n} ${v}`),
  );
  const busy = all.reduce((sum, m) => sum + m.busySlices, 0);
  const total = all.reduce((sum, m) => sum + m.slices, 0);
  return [
    agreement(all),
    `The fastest settings of those tried on this machine (benches/train-tune.ts): ${describeSettings(env)}. The settings of the notes, which the targets were set against: ${describeSettings(NOTED)} and the default malloc, so memory is compared with that row.`,
    `Versions: ${[...new Set(versions)].join(", ")}. ${busy} of ${total} slices began on a busy machine.`,
  ]
    .filter((line) => line !== "")
    .join(" ");
}

function shapeOf(c: TrainCase, steps: number): string {
  return `${c.layers} layers, d ${c.d}, ${c.heads} heads, feed-forward ${c.ff}, T ${c.length}, B ${c.batch}, vocabulary ${c.vocab}, ${c.threads} threads, float32; forward, backward and AdamW, ${steps} steps a slice.`;
}

async function runTraining(c: TrainCase, steps: number, { rounds }: BenchOptions): Promise<string> {
  const python = findTorch();
  const env = python === undefined ? {} : await tuneTraining(python, c, steps);
  const missing = { name: FAST, unavailable: "no python3 with torch (Debian: python3-torch)" };
  const specs = [...(python === undefined ? [missing] : torchPeers(python, c, env)), ourPeer(c)];
  const all = await measure(specs, { rounds, units: steps });
  const rows = all.map((m) => row(m, all));
  return [shapeOf(c, steps), table(HEADER, rows), notes(all, env)].join("\n\n");
}

function trainBench(name: string, title: string, make: (threads: number) => TrainCase, steps: number): Bench {
  return { name, title, run: (options) => runTraining(make(options.threads), steps, options) };
}

export const trainBenches: readonly Bench[] = [
  trainBench("train-gpt2", "Training step A: GPT-2 style, every parameter", caseA, 4),
  trainBench("train-llama-lora", "Training step B: Llama style, LoRA r = 8 on q and v", caseB, 1),
  trainBench("train-llama-full", "Training step C: Llama style, 92 M parameters, every matrix", caseC, 1),
  trainBench("embedding", "Training step of an embedding-heavy small model", caseEmbedding, 8),
];
