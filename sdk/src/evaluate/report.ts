import { join } from "node:path";
import { writeFileAtomic, type Environment } from "../artifacts/index.js";
import { GradlabError } from "../errors.js";
import type { EvalSample } from "./events.js";
import type { BootstrapOptions, Comparison, Metric, MetricOptions, Score } from "./metrics/index.js";
import type { Scoring } from "./options.js";
import { answersOf, likelihoodsOf, scoreSamples } from "./score-model.js";

/** Where the scores come from: enough to tell whether they can be compared. */
export interface Provenance {
  /** SHA-256 of the rows used. */
  readonly dataHash: string;
  readonly rows: number;
  /** How conversations were rendered; "none" without any. */
  readonly template: string;
  /** Each model's tokenizer: the first digits of its SHA-256. */
  readonly tokenizers: Readonly<Record<string, string>>;
  readonly scoring: Scoring;
  readonly maxNewTokens: number;
  readonly seed: number;
  readonly environment: Environment;
}

export interface GateVerdict {
  readonly passed: boolean;
  readonly failed: readonly string[];
}

export interface CompareOptions extends BootstrapOptions {
  /** Which model of this report; default its first. */
  readonly model?: string;
  /** Which model of the other report; default its last. */
  readonly otherModel?: string;
  /** Default 0.05. */
  readonly alpha?: number;
}

export interface ReportComparison {
  readonly model: string;
  readonly otherModel: string;
  /** This minus other, by metric; the verdict is about this one. */
  readonly deltas: Readonly<Record<string, Comparison>>;
  /** Rows that only this one gets right, and rows that only the other one does. */
  readonly flips: { readonly fixed: number; readonly broken: number };
}

interface ReportParts {
  readonly scores: Readonly<Record<string, Readonly<Record<string, Score>>>>;
  readonly samples: Readonly<Record<string, readonly EvalSample[]>>;
  readonly metrics: readonly Metric[];
  readonly metricOptions: MetricOptions;
  readonly provenance: Provenance;
  readonly gate: GateVerdict;
}

/** Scores with their uncertainty, the rows behind them, and where they come from. */
export class EvalReport {
  /** By model, then by metric. */
  readonly scores: ReportParts["scores"];
  /** By model, in the order of the data. */
  readonly samples: ReportParts["samples"];
  readonly provenance: Provenance;
  readonly gate: GateVerdict;
  readonly #metrics: readonly Metric[];
  readonly #options: MetricOptions;

  constructor({ scores, samples, metrics, metricOptions, provenance, gate }: ReportParts) {
    this.scores = scores;
    this.samples = samples;
    this.provenance = provenance;
    this.gate = gate;
    this.#metrics = metrics;
    this.#options = metricOptions;
  }

  /** The models' ids. */
  get models(): string[] {
    return Object.keys(this.scores);
  }

  /**
   * Is this better than the other? Paired bootstrap over the rows, for every metric that both have.
   *
   * @throws E_METRIC when the two were made on different rows; E_CONFIG for a model that is not in its report
   * @example report.compare(report, { model: "tuned", otherModel: "base" }).deltas.perplexity.verdict // "better"
   */
  compare(other: EvalReport, options: CompareOptions = {}): ReportComparison {
    if (this.provenance.dataHash !== other.provenance.dataHash) {
      throw new GradlabError(
        "E_METRIC",
        "The two reports were made on different rows, so they cannot be paired.",
        {
          hint: "Evaluate both models on the same data with the same limit.",
        },
      );
    }
    const { model = this.models[0], otherModel = other.models.at(-1)!, ...how } = options;
    const [a, b] = [this.#samplesOf(model), other.#samplesOf(otherModel)];
    const shared = this.#metrics.filter(({ name }) => Object.hasOwn(other.scores[otherModel], name));
    const settings = { normalize: "trim" as const, seed: this.provenance.seed, ...this.#options, ...how };
    const deltas = shared.map((metric): [string, Comparison] => [
      metric.name,
      this.#delta(metric, a, b, settings),
    ]);
    const only = (right: readonly EvalSample[], wrong: readonly EvalSample[]): number =>
      right.filter(({ correct }, i) => correct === true && wrong[i].correct === false).length;
    const flips = { fixed: only(a, b), broken: only(b, a) };
    return { model, otherModel, deltas: Object.fromEntries(deltas), flips };
  }

  #delta(
    metric: Metric,
    a: readonly EvalSample[],
    b: readonly EvalSample[],
    settings: MetricOptions & { alpha?: number },
  ): Comparison {
    if (metric.kind === "likelihood") return metric.compare(likelihoodsOf(a), likelihoodsOf(b), settings);
    const [left, right] = [a, b].map((samples) => answersOf(metric, samples, this.provenance.scoring));
    return metric.compare(left.predictions, right.predictions, left.references, settings);
  }

  /**
   * The rows a model does worst on, by its first metric: highest loss per token, wrong labels, lowest score.
   *
   * @param options.model default the first
   */
  worst(n: number, options: { readonly model?: string } = {}): EvalSample[] {
    const [metric] = this.#metrics;
    const { scoring, seed } = this.provenance;
    const how = { model: "", data: [], scoring, seed, metricOptions: this.#options };
    const badness = (sample: EvalSample): number => {
      if (metric.kind === "likelihood") return (sample.nats ?? -Infinity) / (sample.tokens ?? 1);
      if (metric.name === "accuracy" || metric.name === "exact_match") return sample.correct ? 0 : 1;
      return -scoreSamples([sample], [metric], how)[metric.name].value;
    };
    const rated = this.#samplesOf(options.model ?? this.models[0]).map((sample) => ({
      sample,
      bad: badness(sample),
    }));
    return rated
      .sort((a, b) => b.bad - a.bad)
      .slice(0, n)
      .map(({ sample }) => sample);
  }

  #samplesOf(model: string): readonly EvalSample[] {
    const samples = this.samples[model];
    if (samples) return samples;
    throw new GradlabError("E_CONFIG", `The report has no model "${model}".`, {
      hint: `It has ${this.models.join(", ")}.`,
    });
  }

  /** A table of scores with their 95 % intervals. */
  toMarkdown(): string {
    const { provenance, gate } = this;
    const names = this.#metrics.map(({ name, higherIsBetter }) => `${name} ${higherIsBetter ? "↑" : "↓"}`);
    const cell = (text: string): string => text.replaceAll("|", "\\|");
    const rows = this.models.map((model) => {
      const values = this.#metrics.map(({ name }) => scoreText(this.scores[model][name]));
      return `| ${[cell(model), ...values].join(" | ")} |`;
    });
    const { environment: machine } = provenance;
    return [
      [`| model | ${names.join(" | ")} |`, `|---|${names.map(() => "---:|").join("")}`, ...rows].join("\n"),
      `95 % intervals in brackets, over ${provenance.rows} rows; data ${provenance.dataHash.slice(0, 12)}, template ${provenance.template}, scoring ${provenance.scoring}, seed ${provenance.seed}.`,
      ...(gate.passed ? [] : [`Gate: **failed** – ${gate.failed.join("; ")}.`]),
      `${machine.cpu}, ${machine.cores} cores, Node ${machine.node}, gradlab ${machine.sdk}.`,
    ].join("\n\n");
  }

  toJSON(): object {
    const { scores, provenance, gate, samples } = this;
    return { scores, provenance, gate, samples };
  }

  /**
   * Writes report.json, report.md and samples.jsonl into a folder, leaving other files in it alone.
   *
   * @returns the folder
   */
  async save(folder: string): Promise<string> {
    const { scores, provenance, gate } = this;
    const lines = Object.entries(this.samples).flatMap(([model, samples]) =>
      samples.map((sample) => `${JSON.stringify({ model, ...sample })}\n`),
    );
    await writeFileAtomic(join(folder, "samples.jsonl"), lines.join(""));
    await writeFileAtomic(join(folder, "report.md"), `${this.toMarkdown()}\n`);
    await writeFileAtomic(
      join(folder, "report.json"),
      `${JSON.stringify({ scores, provenance, gate }, null, 2)}\n`,
    );
    return folder;
  }

  /** What a notebook shows. */
  [Symbol.for("gradlab.display")](): Record<string, string> {
    const text = this.toMarkdown();
    return { "text/markdown": text, "text/plain": text };
  }
}

const scoreText = ({ value, ci95 }: Score): string => {
  const digits = (x: number): string => String(Number(x.toPrecision(4)));
  return Number.isNaN(ci95[0]) ? digits(value) : `${digits(value)} [${digits(ci95[0])}, ${digits(ci95[1])}]`;
};
