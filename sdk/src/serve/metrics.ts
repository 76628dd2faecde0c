import { Histogram, type HistogramSummary } from "./histogram.js";

/** What a service has done so far. Times are in seconds. */
export interface ServiceMetrics {
  /** Answers by route and status, as `requests["POST /predict"]["200"]`. */
  readonly requests: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** Requests waiting for a slot. */
  readonly waiting: number;
  /** Sequences that hold a slot. */
  readonly running: number;
  readonly slots: number;
  readonly promptTokens: number;
  /** Prompt tokens that were not computed, since a slot knew them already. */
  readonly cachedTokens: number;
  readonly generatedTokens: number;
  /** Generations that ended before they were done: the client left, or time was up. */
  readonly cancelled: number;
  /** From the arrival of a request to its first token. */
  readonly timeToFirstToken: HistogramSummary;
  /** Between two tokens of one sequence. */
  readonly timePerOutputToken: HistogramSummary;
  readonly requestDuration: HistogramSummary;
}

/** What the scheduler tells at the moment of asking. */
export interface Load {
  readonly waiting: number;
  readonly running: number;
  readonly slots: number;
}

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];
const TOKEN_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

/** Counters of a service, and their two forms: an object, and Prometheus' text. */
export class Metrics {
  promptTokens = 0;
  cachedTokens = 0;
  generatedTokens = 0;
  cancelled = 0;
  readonly timeToFirstToken = new Histogram(SECONDS);
  readonly timePerOutputToken = new Histogram(TOKEN_SECONDS);
  readonly #requests = new Map<string, Map<number, number>>();
  readonly #all = new Histogram(SECONDS);
  readonly #durations = new Map<string, Histogram>();

  /** Counts an answer. @param route "POST /predict"; one name for all unknown paths bounds the number of series */
  answered(route: string, status: number, seconds: number): void {
    const statuses = this.#requests.get(route) ?? new Map<number, number>();
    this.#requests.set(route, statuses.set(status, (statuses.get(status) ?? 0) + 1));
    const durations = this.#durations.get(route) ?? new Histogram(SECONDS);
    this.#durations.set(route, durations);
    durations.observe(seconds);
    this.#all.observe(seconds);
  }

  snapshot(load: Load): ServiceMetrics {
    const requests = [...this.#requests].map(
      ([route, statuses]) => [route, Object.fromEntries(statuses)] as const,
    );
    const { promptTokens, cachedTokens, generatedTokens, cancelled } = this;
    return {
      requests: Object.fromEntries(requests),
      ...load,
      promptTokens,
      cachedTokens,
      generatedTokens,
      cancelled,
      timeToFirstToken: this.timeToFirstToken.summary(),
      timePerOutputToken: this.timePerOutputToken.summary(),
      requestDuration: this.#all.summary(),
    };
  }

  /** @source Prometheus text exposition format 0.0.4 */
  prometheus({ waiting, running, slots }: Load): string {
    const one = (name: string, kind: string, help: string, value: number): string[] =>
      family(name, kind, help, [`gradlab_${name} ${value}`]);
    const lines = [
      ...family("requests_total", "counter", "Answers by route and status.", this.#requestLines()),
      ...one("queue_depth", "gauge", "Requests waiting for a slot.", waiting),
      ...one("running_rows", "gauge", "Sequences that hold a slot.", running),
      ...one("slots", "gauge", "Sequences that can be generated together.", slots),
      ...one("prompt_tokens_total", "counter", "Tokens of prompts.", this.promptTokens),
      ...one("cached_tokens_total", "counter", "Prompt tokens taken from a slot's cache.", this.cachedTokens),
      ...one("generated_tokens_total", "counter", "Tokens generated.", this.generatedTokens),
      ...one("cancelled_total", "counter", "Generations that ended before they were done.", this.cancelled),
      ...histogram("time_to_first_token_seconds", "Arrival to first token.", this.timeToFirstToken),
      ...histogram("time_per_output_token_seconds", "Between two tokens.", this.timePerOutputToken),
      ...family(
        "request_duration_seconds",
        "histogram",
        "Arrival to end of the answer.",
        [...this.#durations].flatMap(([route, durations]) =>
          durations.lines("gradlab_request_duration_seconds", `route="${route}"`),
        ),
      ),
    ];
    return `${lines.join("\n")}\n`;
  }

  #requestLines(): string[] {
    return [...this.#requests].flatMap(([route, statuses]) =>
      [...statuses].map(([status, n]) => `gradlab_requests_total{route="${route}",status="${status}"} ${n}`),
    );
  }
}

const family = (name: string, kind: string, help: string, lines: readonly string[]): string[] => [
  `# HELP gradlab_${name} ${help}`,
  `# TYPE gradlab_${name} ${kind}`,
  ...lines,
];

const histogram = (name: string, help: string, values: Histogram): string[] =>
  family(name, "histogram", help, values.lines(`gradlab_${name}`));
