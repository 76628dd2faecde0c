/** [x, y] */
export type Point = readonly [number, number];

/** Stretches of a line that are kept, of one or two points each; when there are more, neighbours become one. */
const LIMIT = 512;

/**
 * A line that grows without end in bounded space: the lowest and the highest point of each stretch stay, so that
 * spikes and the range are kept. Stretches are one point wide at first and get wider all together.
 */
export class PointHistory {
  #stretches: (readonly Point[])[] = [];
  /** The stretch that is not full yet, and how many points it has seen. */
  #open: { readonly points: readonly Point[]; readonly seen: number } = { points: [], seen: 0 };
  #width = 1;
  /** How many stretches were taken; undefined when what was taken is no beginning of what is there. */
  #taken: number | undefined = 0;

  get points(): readonly Point[] {
    return this.#stretches.flat();
  }

  /** Values that are not finite leave no point. */
  add(x: number, y: number): void {
    if (!Number.isFinite(x) || !Number.isFinite(y)) return;
    this.#open = { points: extremes([...this.#open.points, [x, y]]), seen: this.#open.seen + 1 };
    if (this.#open.seen < this.#width) return;
    this.#stretches.push(this.#open.points);
    this.#open = { points: [], seen: 0 };
    if (this.#stretches.length === LIMIT) this.#widen();
  }

  /** The points of stretches that became full since the last call; `whole` when they replace all earlier ones. */
  take(): { readonly whole: boolean; readonly points: readonly Point[] } {
    const whole = this.#taken === undefined;
    const points = this.#stretches.slice(this.#taken ?? 0).flat();
    this.#taken = this.#stretches.length;
    return { whole, points };
  }

  #widen(): void {
    const pairs = Array.from({ length: LIMIT / 2 }, (_, i) => this.#stretches.slice(2 * i, 2 * i + 2));
    this.#stretches = pairs.map((pair) => extremes(pair.flat()));
    this.#width *= 2;
    this.#taken = undefined;
  }
}

/** The lowest and the highest point, in their order. */
function extremes(points: readonly Point[]): readonly Point[] {
  if (points.length < 2) return points;
  const lowest = points.reduce((low, point) => (point[1] < low[1] ? point : low));
  const highest = points.reduce((high, point) => (point[1] >= high[1] ? point : high));
  return points.filter((point) => point === lowest || point === highest);
}
