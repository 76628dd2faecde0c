/** What is known of a distribution without keeping its values. */
export interface HistogramSummary {
  readonly count: number;
  readonly sum: number;
  /** NaN without observations. */
  readonly mean: number;
}

/** Observations counted in buckets, as Prometheus wants them. */
export class Histogram {
  readonly #counts: number[];
  #count = 0;
  #sum = 0;

  /** @param bounds upper ends of the buckets, rising; one more without end follows */
  constructor(readonly bounds: readonly number[]) {
    this.#counts = bounds.map(() => 0);
  }

  observe(value: number): void {
    this.#count++;
    this.#sum += value;
    const bucket = this.bounds.findIndex((bound) => value <= bound);
    if (bucket >= 0) this.#counts[bucket]++;
  }

  summary(): HistogramSummary {
    return { count: this.#count, sum: this.#sum, mean: this.#sum / this.#count };
  }

  /** Lines of the exposition format; bucket counts include the smaller buckets. */
  lines(name: string, labels = ""): string[] {
    const inside = (extra: string): string => `{${[labels, extra].filter(Boolean).join(",")}}`;
    let below = 0;
    const buckets = this.bounds.map((bound, i) => {
      below += this.#counts[i];
      return `${name}_bucket${inside(`le="${bound}"`)} ${below}`;
    });
    const plain = labels ? `{${labels}}` : "";
    return [
      ...buckets,
      `${name}_bucket${inside('le="+Inf"')} ${this.#count}`,
      `${name}_sum${plain} ${this.#sum}`,
      `${name}_count${plain} ${this.#count}`,
    ];
  }
}
