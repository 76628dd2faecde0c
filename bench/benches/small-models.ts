import {
  Peers,
  ratio,
  round,
  table,
  type Bench,
  type BenchOptions,
  type Measured,
} from "../harness/index.js";
import { firstCalls, type FirstCall } from "./first-call.js";
import {
  compareValues,
  JAX,
  ONE_THREAD,
  OURS,
  PLAIN,
  tensorPeers,
  TFJS,
  TFJS_CPU,
  TORCH,
  WINDOW_MS,
  type Agreement,
} from "./tensor-peers.js";
import { busyOf, versionsOf } from "./tensor-report.js";
import { describeSettings } from "./train-tune.js";

const NAMES = [OURS, ONE_THREAD, PLAIN, TORCH, JAX, TFJS, TFJS_CPU];
const COMPARED = [TORCH, JAX, TFJS];

const HEADER = [
  "peer",
  "ms per step",
  "best",
  "cpu ms",
  "peak RSS MB",
  "first call, ms",
  "process start to first result, ms",
  "time ÷ PyTorch's",
  ...COMPARED.map((name) => `cpu ÷ ${name}'s`),
];

const ran = (all: readonly Measured[], name: string): Measured | undefined =>
  all.find((m) => m.name === name && m.unavailable === undefined);

function row(m: Measured, all: readonly Measured[], first: FirstCall | undefined): string[] {
  if (m.unavailable !== undefined)
    return [m.name, `not run: ${m.unavailable}`, ...HEADER.slice(2).map(() => "")];
  const other = (name: string): Measured | undefined =>
    m.name.startsWith(OURS) ? ran(all, name) : undefined;
  return [
    m.name,
    round(m.wallMs),
    round(m.wallMsBest),
    round(m.cpuMs),
    Math.round(m.rssMb).toString(),
    round(first?.ms ?? NaN),
    round(first?.fromStartMs ?? NaN),
    ratio(m.wallMs, other(TORCH)?.wallMs),
    ...COMPARED.map((name) => ratio(m.cpuMs, other(name)?.cpuMs)),
  ];
}

interface SmallModel {
  readonly problem: "mlp" | "block";
  readonly title: string;
  readonly setting: string;
  /** What the compared numbers are. */
  readonly agreeing: (values: readonly number[]) => string;
}

/** What a plain loop pays for making its graph anew in every step. */
async function buildingShare(
  peers: Peers,
  problem: SmallModel["problem"],
  all: readonly Measured[],
): Promise<string> {
  const asked = await peers.ask<{ buildMs: number; stepMs: number }>(
    { problem, want: "build" },
    (name) => name === PLAIN,
  );
  const built = asked.get(PLAIN);
  const [plain, compiled] = [ran(all, PLAIN), ran(all, OURS)];
  if (!built || !plain || !compiled) return "";
  const percent = (part: number, whole: number): string => `${((100 * part) / whole).toFixed(1)} %`;
  const more = plain.cpuMs - compiled.cpuMs;
  return `Building the graph and its gradients and finding its program again takes ${round(built.buildMs)} ms of a plain step of ${round(built.stepMs)} ms (${percent(built.buildMs, built.stepMs)}; goal at most 5 %). ${percent(more, plain.cpuMs)} of the processor time of a plain step is not there under compile(): that, threads that spin meanwhile, and results that are not updates in place.`;
}

function agreement({ worst, names }: Agreement, what: string): string {
  return `${what} agree within ${worst.toExponential(1)} (relative) in ${names.join("; ")}.`;
}

async function run(model: SmallModel, options: BenchOptions): Promise<string> {
  const { problem } = model;
  const { specs, env } = await tensorPeers(NAMES, { problem }, options);
  const first = await firstCalls(specs, { problem }, options.rounds);
  const peers = await Peers.start(specs);
  try {
    const same = await compareValues(peers, { problem });
    const request = { problem, windowMs: WINDOW_MS };
    const all = await peers.measure({ rounds: options.rounds, units: 1, request });
    const rows = all.map((m) => row(m, all, first.get(m.name)));
    const notes = [
      agreement(same, model.agreeing(same.values)),
      await buildingShare(peers, problem, all),
      `PyTorch ran with ${describeSettings(env)}, the fastest of the settings tried.`,
      versionsOf(all),
      busyOf(all),
    ];
    const setting = `${model.setting} ${options.threads} threads where a peer has them (the JavaScript peers have one); a step ends when its loss can be read. The first call has its data and library in place and traces, compiles and computes, in a process of its own.`;
    return [setting, table(HEADER, rows), notes.filter((line) => line !== "").join(" ")].join("\n\n");
  } finally {
    await peers.close();
  }
}

const MODELS: readonly SmallModel[] = [
  {
    problem: "mlp",
    title: "Training step of a small MLP",
    setting:
      "784 → 512 → 10, ReLU, softmax cross-entropy, batch 128, plain gradient descent, float32; forward, backward and update.",
    agreeing: ([first, last]) =>
      `Losses of step 1 (${first.toFixed(5)}) and step 10 (${last.toFixed(5)}) and the norms of the weights then`,
  },
  {
    problem: "block",
    title: "One transformer block: loss and gradients of all 12 parameters",
    setting:
      "Pre-norm, B 8, T 64, d 128, 4 heads, feed-forward 512, exact GELU, causal, mean square loss, float32; no update.",
    agreeing: ([loss]) => `The loss (${loss.toFixed(5)}) and the norms of the 12 gradients`,
  },
];

export const smallModelBenches: readonly Bench[] = MODELS.map((model) => ({
  name: model.problem,
  title: model.title,
  run: (options: BenchOptions) => run(model, options),
}));
