import { median, Peers, type PeerSpec } from "../harness/index.js";
import type { Problem } from "./tensor-problems.js";

export interface FirstCall {
  /** Of the first step: tracing, compiling and computing; data and library are in place. */
  readonly ms: number;
  /** From the start of the process to the result of the first step. */
  readonly fromStartMs: number;
}

async function firstCall(spec: PeerSpec, problem: Problem): Promise<FirstCall | undefined> {
  const started = performance.now();
  const peers = await Peers.start([spec]);
  try {
    const answer = (await peers.ask<{ wallMs: number }>({ ...problem, want: "first" })).get(spec.name);
    return answer && { ms: answer.wallMs, fromStartMs: performance.now() - started };
  } finally {
    await peers.close();
  }
}

/** Medians over `rounds` fresh processes of each peer, in turn; peers that cannot run are left out. */
export async function firstCalls(
  specs: readonly PeerSpec[],
  problem: Problem,
  rounds: number,
): Promise<Map<string, FirstCall>> {
  const seen = new Map<string, FirstCall[]>();
  for (let r = 0; r < rounds; r++) {
    for (const spec of specs) {
      const cost = await firstCall(spec, problem);
      if (cost) seen.set(spec.name, [...(seen.get(spec.name) ?? []), cost]);
    }
  }
  const middle = (costs: readonly FirstCall[]): FirstCall => ({
    ms: median(costs.map((c) => c.ms)),
    fromStartMs: median(costs.map((c) => c.fromStartMs)),
  });
  return new Map([...seen].map(([name, costs]) => [name, middle(costs)]));
}
