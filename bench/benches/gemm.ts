import {
  Peers,
  ratio,
  round,
  table,
  type Bench,
  type BenchOptions,
  type Measured,
} from "../harness/index.js";
import {
  compareValues,
  INSIDE,
  JAX,
  LIBRARY,
  OURS,
  tensorPeers,
  TFJS,
  TORCH,
  WINDOW_MS,
} from "./tensor-peers.js";
import type { GemmProblem, Layout } from "./tensor-problems.js";
import { describeSettings } from "./train-tune.js";
import { busyOf, versionsOf } from "./tensor-report.js";

const NAMES = [OURS, INSIDE, LIBRARY, TORCH, JAX, TFJS];
const LAYOUTS: readonly Layout[] = ["NN", "NT", "TN"];

const gemm = (m: number, k: number, n: number, layout: Layout): GemmProblem => ({
  problem: "gemm",
  m,
  k,
  n,
  layout,
});

/** Squares, and what a LoRA step of the 125 M model multiplies: projections, feed-forward, head. */
const PRODUCTS: readonly GemmProblem[] = [
  gemm(512, 512, 512, "NN"),
  gemm(1024, 1024, 1024, "NN"),
  ...[768, 2048, 32000].flatMap((n) => LAYOUTS.map((layout) => gemm(1024, 768, n, layout))),
];

const flopsOf = ({ m, k, n }: GemmProblem): number => 2 * m * k * n;

/** TensorFlow.js multiplies transposed operands without XNNPACK, at a few GFLOP/s. */
function tooSlow(name: string, product: GemmProblem): string | undefined {
  const limit = product.layout === "NN" ? 5e9 : 2e9;
  return name === TFJS && flopsOf(product) > limit ? "would take seconds" : undefined;
}

interface Result {
  readonly product: GemmProblem;
  readonly all: readonly Measured[];
}

const ran = ({ all }: Result, name: string): Measured | undefined =>
  all.find((m) => m.name === name && m.unavailable === undefined);

/** GFLOP/s */
const rate = (product: GemmProblem, ms: number | undefined): number =>
  ms === undefined ? NaN : flopsOf(product) / ms / 1e6;

/** The fastest slice of all peers and products. */
function bestRate(results: readonly Result[]): { rate: number; of: string } {
  const all = results.flatMap(({ product, all }) =>
    all.flatMap((m) => {
      if (m.unavailable !== undefined) return [];
      const what = `${m.name}, ${titleOf(product)}`;
      return [{ rate: rate(product, m.wallMsBest), of: what }];
    }),
  );
  return all.reduce((best, next) => (next.rate > best.rate ? next : best), { rate: 0, of: "" });
}

const titleOf = ({ m, k, n, layout }: GemmProblem): string => `${m}×${k}×${n} ${layout}`;

function row(result: Result, best: number): string[] {
  const { product } = result;
  const [ours, inside, torch] = [OURS, INSIDE, TORCH].map((name) => ran(result, name));
  return [
    titleOf(product),
    ...NAMES.map((name) => round(rate(product, ran(result, name)?.wallMs))),
    ratio(ours?.wallMs, torch?.wallMs),
    ratio(inside?.wallMs, torch?.wallMs),
    ratio(ours?.cpuMs, torch?.cpuMs),
    ratio(inside?.cpuMs, torch?.cpuMs),
    `${Math.round((100 * rate(product, inside?.wallMs)) / best)} %`,
  ];
}

const HEADER = [
  "product",
  ...NAMES,
  "time ÷ PyTorch's",
  "the same, inside",
  "cpu ÷ PyTorch's",
  "the same, inside",
  "share of the best rate, inside",
];

async function measureProducts(peers: Peers, rounds: number): Promise<{ results: Result[]; worst: number }> {
  const results: Result[] = [];
  let worst = 0;
  for (const product of PRODUCTS) {
    process.stderr.write(`  ${titleOf(product)}\n`);
    const skip = (name: string): string | undefined => tooSlow(name, product);
    const options = { scale: Math.sqrt(product.k), to: (name: string) => skip(name) === undefined };
    worst = Math.max(worst, (await compareValues(peers, product, options)).worst);
    const request = { ...product, windowMs: WINDOW_MS };
    results.push({ product, all: await peers.measure({ rounds, units: 1, request, skip }) });
  }
  return { results, worst };
}

/** Why a column is empty from top to bottom, and why some of its cells are. */
function absences(results: readonly Result[]): string {
  const reasons = results.flatMap(({ all }) =>
    all.flatMap((m) => (m.unavailable === undefined ? [] : [`${m.name} ${m.unavailable}`])),
  );
  return reasons.length === 0 ? "" : `Dashes: ${[...new Set(reasons)].join("; ")}.`;
}

async function run(options: BenchOptions): Promise<string> {
  const { specs, env } = await tensorPeers(NAMES, gemm(1024, 768, 2048, "NN"), options);
  const peers = await Peers.start(specs);
  try {
    const { results, worst } = await measureProducts(peers, options.rounds);
    const best = bestRate(results);
    const all = results.flatMap((result) => result.all);
    return [
      `Single products of float32 matrices, GFLOP/s (2·M·K·N operations over the median time), ${options.threads} threads where a peer has them (the JavaScript peers have one). M×K×N; NT and TN have the second or the first operand stored transposed. "gradlab" and the JavaScript peers hand the whole product to JavaScript, in new memory each time; "inside a program" one element of it is read, as where a training step multiplies; PyTorch keeps the product in memory that it was given before.`,
      table(
        HEADER,
        results.map((result) => row(result, best.rate)),
      ),
      `The best rate seen in this run is ${round(best.rate)} GFLOP/s (${best.of}). Elements of all products agree within ${worst.toExponential(1)} of √K. PyTorch ran with ${describeSettings(env)}, the fastest of the settings tried. ${absences(results)} ${versionsOf(all)} ${busyOf(all)}`,
    ].join("\n\n");
  } finally {
    await peers.close();
  }
}

export const gemmBench: Bench = { name: "gemm", title: "Products of matrices", run };
