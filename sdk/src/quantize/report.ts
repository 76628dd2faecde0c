import type { Environment } from "../artifacts/index.js";
import type { LikelihoodScore, LanguageModel } from "../models/index.js";
import type { Percentiles } from "./measure-latency.js";
import type { QuantMethod } from "./methods/index.js";
import type { LayerReport } from "./quantize-layers.js";
import type { KeptLayer } from "./select-layers.js";

/** What quality was lost, on calibrationData. */
export interface QualityReport {
  readonly perplexity?: {
    readonly before: LikelihoodScore;
    readonly after: LikelihoodScore;
    /** Change of the perplexity in percent; positive is worse. */
    readonly deltaPct: number;
  };
  /** Mean KL(before ‖ after) of next-token distributions, nats. */
  readonly meanKL?: number;
  /** Share of positions at which both models find the same token most likely. */
  readonly top1Agreement?: number;
  /** Tokens that were predicted. */
  readonly tokens?: number;
  /** Why nothing was measured. */
  readonly notMeasured?: string;
}

export interface QuantReport {
  readonly model: string;
  readonly method: QuantMethod;
  readonly blockSize: number;
  /** Of the weights: in float32 before, as stored after. */
  readonly bytes: { readonly before: number; readonly after: number; readonly ratio: number };
  readonly bitsPerWeight: number;
  /** One decoding step of one sequence, both models in turn. */
  readonly latencyMs: { readonly before: Percentiles; readonly after: Percentiles; readonly speedup: number };
  readonly quality: QualityReport;
  readonly layers: readonly LayerReport[];
  readonly kept: readonly KeptLayer[];
  readonly gate: { readonly passed: boolean; readonly failed: readonly string[] };
  readonly environment: Environment;
}

/** Bytes of a model's weights in float32, and as they are stored with these layers in blocks. */
export function weightBytes(
  model: LanguageModel,
  layers: readonly { readonly shape: readonly number[]; readonly bits: number }[],
  block: number,
): QuantReport["bytes"] & { readonly bitsPerWeight: number } {
  const before = 4 * model.paramCount;
  const saved = layers.reduce((sum, { shape: [rows, columns], bits }) => {
    const blocks = rows * Math.ceil(columns / block);
    return sum + 4 * rows * columns - blocks * ((block * bits) / 8 + 2);
  }, 0);
  const after = before - saved;
  return { before, after, ratio: before / after, bitsPerWeight: (8 * after) / model.paramCount };
}

/** The report as Markdown tables. */
export function reportMarkdown(report: QuantReport): string {
  const { bytes, latencyMs, quality, layers, kept, gate, environment } = report;
  const worst = [...layers].sort((a, b) => a.sqnrDb - b.sqnrDb).slice(0, 3);
  const size = (count: number): string => `${(count / 2 ** 20).toFixed(2)} MiB`;
  const ms = (time: number): string => `${time.toFixed(3)} ms`;
  const rows: [string, string, string, string][] = [
    ["weights", size(bytes.before), size(bytes.after), `${bytes.ratio.toFixed(2)}× smaller`],
    ["bits per weight", "32", report.bitsPerWeight.toFixed(2), ""],
    [
      "decode step p50",
      ms(latencyMs.before.p50),
      ms(latencyMs.after.p50),
      `${latencyMs.speedup.toFixed(2)}× as fast`,
    ],
    ["decode step p99", ms(latencyMs.before.p99), ms(latencyMs.after.p99), ""],
  ];
  const { perplexity, meanKL, top1Agreement } = quality;
  if (perplexity) {
    const sign = perplexity.deltaPct >= 0 ? "+" : "";
    rows.push([
      "perplexity",
      scoreText(perplexity.before),
      scoreText(perplexity.after),
      `${sign}${perplexity.deltaPct.toFixed(3)} %`,
    ]);
  }
  if (meanKL !== undefined) rows.push(["mean KL(before ‖ after)", "", meanKL.toExponential(2), "nats"]);
  if (top1Agreement !== undefined)
    rows.push(["same top token", "", `${(100 * top1Agreement).toFixed(2)} %`, ""]);
  return [
    `**${report.model}**, blocks of ${report.blockSize}`,
    ["| | before | after | |", "|---|---:|---:|---|", ...rows.map((row) => `| ${row.join(" | ")} |`)].join(
      "\n",
    ),
    ...(quality.notMeasured ? [`Quality was not measured: ${quality.notMeasured}`] : []),
    `${layers.length} layers in blocks, ${kept.length} kept; the noisiest: ${worst
      .map(({ name, sqnrDb, bits }) => `${name} (${bits} bits, ${sqnrDb.toFixed(1)} dB)`)
      .join(", ")}.`,
    gate.passed ? "Gate: passed." : `Gate: **failed** – ${gate.failed.join("; ")}.`,
    `${environment.cpu}, ${environment.cores} cores, Node ${environment.node}, gradlab ${environment.sdk}.`,
  ].join("\n\n");
}

const scoreText = ({ value, ci95 }: LikelihoodScore): string =>
  Number.isNaN(ci95[0])
    ? value.toPrecision(5)
    : `${value.toPrecision(5)} [${ci95[0].toPrecision(4)}, ${ci95[1].toPrecision(4)}]`;
