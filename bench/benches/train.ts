import { existsSync } from "node:fs";
import {
  childScript,
  measure,
  ratio,
  round,
  table,
  type Bench,
  type Measured,
  type PeerSpec,
} from "../harness/index.js";
import { caseA, caseB, caseC, type TrainCase } from "./train-case.js";
import { KEEP_MEMORY, findTorch, torchCommand, tuneTorch, type Environment } from "./train-tune.js";

const OURS = "gradlab";
const FAST = "PyTorch";
const LEAN = "PyTorch, default malloc";

function torchPeers(python: string, c: TrainCase, env: Environment): PeerSpec[] {
  const lean = Object.fromEntries(Object.entries(env).filter(([name]) => !(name in KEEP_MEMORY)));
  const fast = { name: FAST, command: torchCommand(python, c), env };
  const same = Object.keys(lean).length === Object.keys(env).length;
  return same ? [fast] : [fast, { name: LEAN, command: torchCommand(python, c), env: lean }];
}

function ourPeer(c: TrainCase): PeerSpec {
  const script = childScript("cases/gradlab-train.js");
  if (!existsSync(script))
    return { name: OURS, unavailable: "bench/cases/gradlab-train.ts is not written yet" };
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
  if (m.unavailable !== undefined) return [m.name, `not run: ${m.unavailable}`, "", "", "", "", "", ""];
  const torch = all.find((o) => o.name === FAST && o.unavailable === undefined);
  const lean = all.find((o) => o.name === LEAN) ?? torch;
  const compared = m.name === OURS;
  return [
    m.name,
    round(m.wallMs),
    round(m.wallMsBest),
    round(m.cpuMs),
    Math.round(m.rssMb).toString(),
    compared ? ratio(m.wallMs, torch?.wallMs) : "–",
    compared ? ratio(m.cpuMs, torch?.cpuMs) : "–",
    compared ? ratio(m.rssMb, lean?.rssMb) : "–",
  ];
}

function notes(all: readonly Measured[], env: Environment): string {
  const named = Object.entries(env).filter(([name]) => !(name in KEEP_MEMORY));
  const settings = named.map(([name, value]) => `${name}=${value}`);
  if (named.length < Object.keys(env).length) settings.push("and a malloc that keeps freed pages");
  const versions = all.flatMap((m) =>
    Object.entries(m.versions)
      .filter(([name]) => name !== "env")
      .map(([n, v]) => `${n} ${v}`),
  );
  const busy = all.reduce((sum, m) => sum + m.busySlices, 0);
  const total = all.reduce((sum, m) => sum + m.slices, 0);
  return [
    agreement(all),
    `PyTorch ran with ${settings.join(" ") || "its defaults"}, the fastest of the settings tried on this machine (benches/train-tune.ts); memory is compared with its run under the default malloc.`,
    `Versions: ${[...new Set(versions)].join(", ")}. ${busy} of ${total} slices began on a busy machine.`,
  ]
    .filter((line) => line !== "")
    .join(" ");
}

function trainBench(name: string, title: string, make: (threads: number) => TrainCase, steps: number): Bench {
  return {
    name,
    title,
    async run(options) {
      const c = make(options.threads);
      const python = findTorch();
      const env = python === undefined ? {} : await tuneTorch(python, c);
      const missing = { name: FAST, unavailable: "no python3 with torch (Debian: python3-torch)" };
      const specs = [...(python === undefined ? [missing] : torchPeers(python, c, env)), ourPeer(c)];
      const all = await measure(specs, { rounds: options.rounds, units: steps });
      const header = [
        "peer",
        "ms per step",
        "best",
        "cpu ms",
        "peak RSS MB",
        "wall ratio",
        "cpu ratio",
        "RSS ratio",
      ];
      const shape = `${c.layers} layers, d ${c.d}, ${c.heads} heads, feed-forward ${c.ff}, T ${c.length}, B ${c.batch}, vocabulary ${c.vocab}, ${c.threads} threads, float32; forward, backward and AdamW, ${steps} steps a slice.`;
      return [
        shape,
        table(
          header,
          all.map((m) => row(m, all)),
        ),
        notes(all, env),
      ].join("\n\n");
    },
  };
}

export const trainBenches: readonly Bench[] = [
  trainBench("train-gpt2", "Training step A: GPT-2 style, every parameter", caseA, 4),
  trainBench("train-llama-lora", "Training step B: Llama style, LoRA r = 8 on q and v", caseB, 1),
  trainBench("train-llama-full", "Training step C: Llama style, 92 M parameters, every matrix", caseC, 1),
];
