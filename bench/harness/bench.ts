export interface BenchOptions {
  /** Timed slices per peer. */
  readonly rounds: number;
  readonly threads: number;
}

export interface Bench {
  readonly name: string;
  /** One line for the heading of its section. */
  readonly title: string;
  /** Runs it and returns the Markdown body of its section. */
  run(options: BenchOptions): Promise<string>;
}
