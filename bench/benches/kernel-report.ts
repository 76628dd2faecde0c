import { median, ratio, round } from "../harness/index.js";
import { IPYKERNEL, OURS, TSLAB } from "../kernel/index.js";

/** What was measured of one kernel: samples by the name of the row. */
export type KernelFigures = Map<string, number[]>;

/** Rows in their order; what is not listed here is not shown. */
export const ROWS = {
  ready: "spawn → kernel_info_reply, ms",
  first: "spawn → reply to the first `1 + 1`, ms",
  firstCpu: "the same, cpu ms",
  startRss: "sum of RSS after the first cell, MiB",
  startHeld: "the same, every page counted once",
  lostStarts: "starts without an answer",
  add: "`1 + 1`, ms",
  addCpu: "the same, cpu ms",
  pipelined: "100 × `1 + 1` pipelined, ms",
  pipelinedLost: "of these never answered",
  cell: "new typed cell of 20 lines, ms",
  cellCpu: "the same, cpu ms",
  completeCold: "member completion after a new cell, ms",
  complete: "the same again, ms",
  inspectCold: "inspect after a new cell, ms",
  inspect: "the same again, ms",
  lines: "10,000 lines, ms",
  linesCpu: "the same, cpu ms",
  linesExact: "lines that arrived before idle",
  displays: "ten displays of 10 MB, ms",
  displaysCpu: "the same, cpu ms",
  displaysExact: "of these exact and before idle",
  endRss: "sum of RSS at the end, MiB",
  endHeld: "the same, every page counted once",
} as const;

export type Row = keyof typeof ROWS;

/** Rows of memory: measured once. */
const MEMORY = new Set<Row>(["startRss", "startHeld", "endRss", "endHeld"]);

/** Rows that count what arrived: no ratio, no percentile. */
const COUNTS = new Set<Row>(["lostStarts", "pipelinedLost", "linesExact", "displaysExact"]);

export function note(figures: KernelFigures, row: Row, value: number): void {
  figures.set(row, [...(figures.get(row) ?? []), value]);
}

/** The 99th percentile, by the nearest rank. */
export function percentile99(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(0.99 * sorted.length) - 1)] ?? NaN;
}

/** A row that failed is infinite; what cannot be known is a dash. */
function show(row: Row, values: readonly number[] | undefined): string {
  if (values === undefined || values.length === 0) return "–";
  if (COUNTS.has(row)) return [...new Set(values)].join(" / ");
  const known = values.filter(Number.isFinite);
  if (known.length === 0) return "never ends";
  const failed = known.length < values.length ? `, ${values.length - known.length} never ended` : "";
  const worst = MEMORY.has(row) || ROWS[row].includes("cpu") ? "" : ` (${round(percentile99(known))})`;
  return `${round(median(known))}${worst}${failed}`;
}

const middle = (figures: KernelFigures | undefined, row: Row): number | undefined => {
  const known = figures?.get(row)?.filter(Number.isFinite);
  return known === undefined || known.length === 0 ? undefined : median(known);
};

export function tableRows(figures: ReadonlyMap<string, KernelFigures>): string[][] {
  const [ours, ...peers] = [...figures.values()];
  return (Object.keys(ROWS) as Row[])
    .filter((row) => ours.has(row))
    .map((row) => [
      ROWS[row],
      ...[ours, ...peers].map((one) => show(row, one.get(row))),
      ...peers.map((peer) => (COUNTS.has(row) ? "" : ratio(middle(ours, row), middle(peer, row)))),
    ]);
}

/** A row's name with that of the row it goes on from. */
function named(row: Row): string {
  const rows = Object.keys(ROWS) as Row[];
  const text: string = ROWS[row];
  return text.startsWith("the same") ? `${named(rows[rows.indexOf(row) - 1])}, ${text}` : text;
}

interface Target {
  readonly row: Row;
  /** At most this share of the peer's, or of the number itself. */
  readonly share: number;
  readonly peer?: string;
}

const TARGETS: readonly Target[] = [
  { row: "ready", share: 0.5, peer: IPYKERNEL },
  { row: "ready", share: 0.2, peer: TSLAB },
  { row: "add", share: 0.6, peer: IPYKERNEL },
  { row: "cell", share: 0.2, peer: TSLAB },
  { row: "complete", share: 5 },
  { row: "lines", share: 1, peer: IPYKERNEL },
  { row: "startHeld", share: 1, peer: TSLAB },
  { row: "startRss", share: 1, peer: TSLAB },
  { row: "endHeld", share: 1, peer: TSLAB },
  { row: "endRss", share: 1, peer: TSLAB },
];

/** Which targets were met in this run. */
export function describeTargets(figures: ReadonlyMap<string, KernelFigures>): string {
  const lines = TARGETS.flatMap(({ row, share, peer }) => {
    const own = middle(figures.get(OURS), row);
    const other = peer === undefined ? 1 : middle(figures.get(peer), row);
    if (own === undefined || other === undefined) return [];
    const bound = peer === undefined ? `${share}` : `${share} × ${peer}'s`;
    const verdict = own <= share * other ? "met" : "missed";
    return [`${named(row)}: at most ${bound}: ${verdict} (${round(own / other)})`];
  });
  return `Targets. ${lines.join("; ")}.`;
}
