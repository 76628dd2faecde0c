import {
  DISPLAY,
  scatterChart,
  table,
  type Chart,
  type Displayable,
  type MimeBundle,
  type Table,
} from "../../display/index.js";
import type { Node } from "../../graph/index.js";
import { chromeTrace, type ChromeTrace } from "./chrome-trace.js";
import type { MachinePeaks } from "./machine.js";
import type { ProfiledRuns } from "./profile.js";
import { ENGINE, rowsBy, type ProfileRow } from "./rows.js";

/** Where a function's time went. Ending a notebook cell with it shows the tables and the roofline. */
export interface ProfileReport extends Displayable {
  readonly runs: number;
  /** Mean time of a run, and of all its operations together. */
  readonly wallMs: number;
  readonly kernelMs: number;
  /** Arithmetic operations and bytes moved by one run. */
  readonly flops: number;
  readonly bytes: number;
  readonly byOp: readonly ProfileRow[];
  /** By the user's lines; what differentiates a line stands apart from it. */
  readonly byLine: readonly ProfileRow[];
  /** By the part of gradlab that made the nodes, e.g. "nn/linear:43"; plain ops by the user's line. */
  readonly byModule: readonly ProfileRow[];
  readonly peaks: MachinePeaks | undefined;
  /** The last run for Perfetto or chrome://tracing: JSON.stringify it into a file. */
  toChromeTrace(): ChromeTrace;
  /** Each op's speed over its operations per byte, below what the machine allows. */
  roofline(): Chart;
  text(): string;
}

export function reportOf(
  parts: Pick<ProfiledRuns, "events" | "wallMs" | "nodes"> & { readonly peaks: MachinePeaks | undefined },
): ProfileReport {
  const { events, wallMs, nodes, peaks } = parts;
  const byOp = rowsBy(events, nodes, ({ op }) => op.name);
  const report = {
    runs: events.length,
    wallMs: mean(wallMs),
    kernelMs: sum(byOp, "ms"),
    flops: sum(byOp, "flops"),
    bytes: sum(byOp, "bytes"),
    byOp,
    byLine: rowsBy(events, nodes, lineOf),
    byModule: rowsBy(events, nodes, (node) => withGradient(node, node.made?.via ?? node.origin)),
    peaks,
    toChromeTrace: () => chromeTrace(events[events.length - 1]),
    roofline: () => roofline(byOp, peaks),
    text: () =>
      tablesOf(report)
        .map((one) => one.text())
        .join("\n\n"),
    [DISPLAY]: () => bundleOf(report),
  };
  return report;
}

const sum = (rows: readonly ProfileRow[], field: "ms" | "flops" | "bytes"): number =>
  rows.reduce((total, row) => total + row[field], 0);

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

const withGradient = ({ made }: Node, place = "gradlab"): string =>
  made?.gradient ? `gradient of ${place}` : place;

const lineOf = (node: Node): string => withGradient(node, node.origin);

function tablesOf({
  byOp,
  byLine,
  byModule,
  ...report
}: Omit<ProfileReport, "text" | typeof DISPLAY>): Table[] {
  const { wallMs, kernelMs, flops, runs, peaks } = report;
  const best = peaks
    ? `; this machine's peaks: ${number(peaks.gflops)} GFLOP/s, ${number(peaks.gbps)} GB/s`
    : "";
  const title = `${number(wallMs)} ms a run (mean of ${runs}), ${number(kernelMs)} ms of it in operations, ${number(flops / kernelMs / 1e6)} GFLOP/s${best}`;
  const same = byModule.every(({ name }, i) => name === byLine[i]?.name);
  return [
    table(byOp.map(shown("op")), { title }),
    table(byLine.map(shown("line")), { title: "By line" }),
    ...(same ? [] : [table(byModule.map(shown("part of gradlab")), { title: "By part of gradlab" })]),
  ];
}

const number = (value: number): string => String(+value.toPrecision(3));

const shown =
  (what: string) =>
  ({ name, count, ms, share, flops, bytes, gflops, gbps }: ProfileRow): Record<string, unknown> => ({
    [what]: name,
    nodes: count,
    ms: +ms.toPrecision(3),
    share: `${(100 * share).toFixed(1)} %`,
    MFLOP: +(flops / 1e6).toPrecision(4),
    MB: +(bytes / 1e6).toPrecision(4),
    "GFLOP/s": +gflops.toPrecision(3),
    "GB/s": +gbps.toPrecision(3),
  });

function roofline(byOp: readonly ProfileRow[], peaks: MachinePeaks | undefined): Chart {
  const ops = byOp.filter(
    ({ name, flops, bytes, ms }) => name !== ENGINE && flops > 0 && bytes > 0 && ms > 0,
  );
  const intensity = ops.map(({ flops, bytes }) => flops / bytes);
  const ridge = peaks ? peaks.gflops / peaks.gbps : 1;
  const ends = [Math.min(...intensity, ridge / 10), ridge, Math.max(...intensity, ridge * 10)];
  const roof = peaks && {
    name: "what the machine allows",
    x: ends,
    y: ends.map((at) => Math.min(peaks.gflops, at * peaks.gbps)),
    line: true,
  };
  return scatterChart({
    title: "Roofline",
    xLabel: "operations per byte",
    yLabel: "GFLOP/s",
    logX: true,
    logY: true,
    series: [
      { name: "ops", x: intensity, y: ops.map(({ gflops }) => gflops), labels: ops.map(({ name }) => name) },
      ...(roof ? [roof] : []),
    ],
  });
}

function bundleOf(report: ProfileReport): MimeBundle {
  const tables = tablesOf(report);
  const chart = report.byOp.some(({ flops }) => flops > 0) ? report.roofline().svg() : "";
  return {
    "text/html": [...tables.map((one) => one.html()), chart].join("\n"),
    "text/plain": report.text(),
  };
}
