import { Peers, round, table, type Bench, type BenchOptions, type Measured } from "../harness/index.js";
import {
  compareValues,
  JAX,
  OURS,
  PLAIN,
  tensorPeers,
  TFJS,
  TFJS_CPU,
  TORCH,
  WINDOW_MS,
} from "./tensor-peers.js";
import { busyOf, versionsOf } from "./tensor-report.js";

const NAMES = [OURS, PLAIN, TORCH, JAX, TFJS, TFJS_CPU];
const HEADER = ["peer", "µs", "best", "cpu µs"];

function row(m: Measured): string[] {
  if (m.unavailable !== undefined) return [m.name, `not run: ${m.unavailable}`, "", ""];
  return [m.name, round(1000 * m.wallMs), round(1000 * m.wallMsBest), round(1000 * m.cpuMs)];
}

async function run(options: BenchOptions): Promise<string> {
  const problem = { problem: "add4" } as const;
  const { specs } = await tensorPeers(NAMES, problem, options);
  const peers = await Peers.start(specs);
  try {
    await compareValues(peers, problem);
    const request = { ...problem, windowMs: WINDOW_MS };
    const all = await peers.measure({ rounds: options.rounds, units: 1, request });
    return [
      `Two tensors of four elements are added and the sum is read: what a peer adds to work that is nothing. "${OURS}" replays a compiled function; "${PLAIN}" writes \`await a.add(b).data()\`, a new graph each time.`,
      table(HEADER, all.map(row)),
      `All peers read 11, 22, 33, 44. ${versionsOf(all)} ${busyOf(all)}`,
    ].join("\n\n");
  } finally {
    await peers.close();
  }
}

export const add4Bench: Bench = { name: "add4", title: "Overhead: add four elements, then read them", run };
