/** One matrix cut from the last two axes: every `step`-th row and column of it. */
export interface Slice {
  /** Where it lies along the axes before the last two. */
  readonly index: readonly number[];
  readonly rows: number;
  readonly columns: number;
  readonly rowStep: number;
  readonly columnStep: number;
  /** Row by row; null for what is no finite number. */
  readonly values: readonly (number | null)[];
}

/** The payload of `application/vnd.gradlab.tensor+json`, version 1. */
export interface TensorSummary {
  readonly version: 1;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly stats: {
    readonly min: number;
    readonly max: number;
    readonly mean: number;
    readonly std: number;
    readonly notFinite: number;
  } | null;
  readonly histogram: {
    readonly low: number;
    readonly high: number;
    readonly counts: readonly number[];
  } | null;
  readonly slices: readonly Slice[];
}

export function readSummary(value: unknown): TensorSummary | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { version, shape, slices } = value as Partial<TensorSummary>;
  return version === 1 && Array.isArray(shape) && Array.isArray(slices)
    ? (value as TensorSummary)
    : undefined;
}

export function describeStats({ dtype, shape, stats }: TensorSummary): string {
  const what = `${dtype}[${shape.join(", ")}]`;
  if (stats === null) return what;
  const text = (value: number): string => String(Number(value.toPrecision(4)));
  const odd = stats.notFinite > 0 ? ` · ${stats.notFinite} not finite` : "";
  return `${what} · min ${text(stats.min)} · mean ${text(stats.mean)} · max ${text(stats.max)} · std ${text(stats.std)}${odd}`;
}
