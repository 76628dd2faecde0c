import { waitForIdle } from "./idle.js";
import { median } from "./median.js";
import { Resident, type ResidentCommand } from "./resident.js";

/** What a child answers to `{"run": k, …}`: cost of the whole slice of k units. */
export interface Slice {
  readonly wallMs: number;
  /** user + sys of the whole process during the slice. */
  readonly cpuMs: number;
  /** Peak resident set of the process so far. */
  readonly rssMb: number;
  readonly losses?: readonly number[];
  readonly tokens?: readonly number[];
}

export interface PeerSpec extends Partial<ResidentCommand> {
  readonly name: string;
  /** Why this peer cannot run here; it is then listed with the reason. */
  readonly unavailable?: string;
}

export interface Trial {
  readonly rounds: number;
  /** Units (steps, tokens) of one slice. */
  readonly units: number;
  /** Extra fields of the request. */
  readonly request?: object;
}

export interface Measured {
  readonly name: string;
  readonly unavailable?: string;
  readonly versions: Readonly<Record<string, string>>;
  /** Per unit. */
  readonly wallMs: number;
  readonly wallMsBest: number;
  readonly cpuMs: number;
  readonly rssMb: number;
  readonly losses: readonly number[];
  readonly tokens: readonly number[];
  readonly slices: number;
  readonly busySlices: number;
}

interface Running {
  readonly resident: Resident;
  readonly versions: Readonly<Record<string, string>>;
  readonly slices: Slice[];
  readonly losses: number[];
  busy: number;
}

async function startPeer(spec: PeerSpec): Promise<Running | string> {
  if (spec.unavailable !== undefined || !spec.command) return spec.unavailable ?? "no command";
  process.stderr.write(`  starting ${spec.name}\n`);
  const { resident, hello } = await Resident.start<{ versions?: Record<string, string> }>({
    ...spec,
    command: spec.command,
  });
  return { resident, versions: hello.versions ?? {}, slices: [], losses: [], busy: 0 };
}

async function slice(peer: Running, trial: Trial, keep: boolean): Promise<void> {
  const idle = await waitForIdle();
  const answer = await peer.resident.request<Slice>({ ...trial.request, run: trial.units });
  peer.losses.push(...(answer.losses ?? []));
  if (!keep) return;
  peer.slices.push(answer);
  if (!idle) peer.busy++;
}

function summarize(name: string, peer: Running | string, units: number): Measured {
  const slices = typeof peer === "string" ? [] : peer.slices;
  const base = {
    name,
    wallMs: median(slices.map((s) => s.wallMs)) / units,
    wallMsBest: Math.min(...slices.map((s) => s.wallMs)) / units,
    cpuMs: median(slices.map((s) => s.cpuMs)) / units,
    rssMb: Math.max(...slices.map((s) => s.rssMb)),
    tokens: slices[0]?.tokens ?? [],
    slices: slices.length,
  };
  if (typeof peer === "string")
    return { ...base, unavailable: peer, versions: {}, losses: [], busySlices: 0 };
  return { ...base, versions: peer.versions, losses: peer.losses, busySlices: peer.busy };
}

/** Starts every peer, then takes `rounds` slices of each in turn (order rotated each round, one warm-up dropped). */
export async function measure(specs: readonly PeerSpec[], trial: Trial): Promise<Measured[]> {
  const peers: (Running | string)[] = [];
  try {
    for (const spec of specs) peers.push(await startPeer(spec));
    const live = peers.filter((p) => typeof p !== "string");
    if (live.length === 0)
      throw new Error(
        `No peer can run here: ${peers.map((p) => (typeof p === "string" ? p : "")).join("; ")}.`,
      );
    for (const peer of live) await slice(peer, trial, false);
    for (let r = 0; r < trial.rounds; r++) {
      for (let i = 0; i < live.length; i++) {
        const peer = live[(i + r) % live.length];
        if (peer) await slice(peer, trial, true);
      }
      process.stderr.write(`  round ${r + 1} of ${trial.rounds}\n`);
    }
    return peers.map((peer, i) => summarize(specs[i]?.name ?? "", peer, trial.units));
  } finally {
    await Promise.all(peers.filter((p) => typeof p !== "string").map((p) => p.resident.close()));
  }
}
