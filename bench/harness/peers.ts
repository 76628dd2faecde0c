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
  /** Whether the bench goes on without this peer when it fails; it is then listed with the reason. */
  readonly optional?: boolean;
}

export interface Trial {
  readonly rounds: number;
  /** Units (steps, tokens) of one slice. */
  readonly units: number;
  /** Extra fields of the request. */
  readonly request?: object;
  /** Why a peer sits this trial out; it is then listed with the reason. */
  readonly skip?: (name: string) => string | undefined;
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

interface Seat {
  readonly spec: PeerSpec;
  readonly resident?: Resident;
  readonly versions: Readonly<Record<string, string>>;
  absent?: string;
}

/** One peer in one trial. */
interface Turn {
  readonly seat: Seat;
  readonly slices: Slice[];
  readonly losses: number[];
  busy: number;
  reason: string | undefined;
}

type Answer<T> = { readonly answer: T } | { readonly reason: string };

/** The first line of a failure, without folders of this machine. */
function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return (text.split("\n")[0] ?? "").replace(/(\/[\w.@-]+)+\//g, "").slice(0, 160);
}

async function startSeat(spec: PeerSpec): Promise<Seat> {
  if (spec.unavailable !== undefined || !spec.command)
    return { spec, versions: {}, absent: spec.unavailable ?? "no command" };
  process.stderr.write(`  starting ${spec.name}\n`);
  try {
    const { resident, hello } = await Resident.start<{ versions?: Record<string, string> }>({
      ...spec,
      command: spec.command,
    });
    return { spec, resident, versions: hello.versions ?? {} };
  } catch (error) {
    if (!spec.optional) throw error;
    process.stderr.write(`  ${error instanceof Error ? error.message : String(error)}\n`);
    return { spec, versions: {}, absent: reasonOf(error) };
  }
}

/** Sends one request. A failure of an optional peer is a reason, and for good where its process has ended. */
async function request<T>(seat: Seat, body: object): Promise<Answer<T>> {
  if (!seat.resident || seat.absent !== undefined) return { reason: seat.absent ?? "no command" };
  try {
    const answer = await seat.resident.request<T & { readonly error?: string }>(body);
    if (answer.error === undefined) return { answer };
    if (!seat.spec.optional) throw new Error(`The peer "${seat.spec.name}" failed: ${answer.error}`);
    return { reason: reasonOf(answer.error) };
  } catch (error) {
    if (!seat.spec.optional) throw error;
    seat.absent = reasonOf(error);
    return { reason: seat.absent };
  }
}

async function slice(turn: Turn, trial: Trial, keep: boolean): Promise<void> {
  if (turn.reason !== undefined) return;
  const idle = await waitForIdle();
  const got = await request<Slice>(turn.seat, { ...trial.request, run: trial.units });
  if ("reason" in got) {
    turn.reason = got.reason;
    return;
  }
  turn.losses.push(...(got.answer.losses ?? []));
  if (!keep) return;
  turn.slices.push(got.answer);
  if (!idle) turn.busy++;
}

function summarize({ seat, slices, losses, busy, reason }: Turn, units: number): Measured {
  const base = {
    name: seat.spec.name,
    wallMs: median(slices.map((s) => s.wallMs)) / units,
    wallMsBest: Math.min(...slices.map((s) => s.wallMs)) / units,
    cpuMs: median(slices.map((s) => s.cpuMs)) / units,
    rssMb: Math.max(...slices.map((s) => s.rssMb)),
    tokens: slices[0]?.tokens ?? [],
    slices: slices.length,
    versions: seat.versions,
  };
  return reason === undefined
    ? { ...base, losses, busySlices: busy }
    : { ...base, unavailable: reason, losses: [], busySlices: 0 };
}

/** Peers that stay alive side by side, for one trial or several. */
export class Peers {
  readonly #seats: readonly Seat[];

  private constructor(seats: readonly Seat[]) {
    this.#seats = seats;
  }

  static async start(specs: readonly PeerSpec[]): Promise<Peers> {
    const seats: Seat[] = [];
    const peers = new Peers(seats);
    try {
      for (const spec of specs) seats.push(await startSeat(spec));
      return peers;
    } catch (error) {
      await peers.close();
      throw error;
    }
  }

  /** Sends one request to every peer, one after the other; the answers of those that gave one, by name. */
  async ask<T>(body: object, to: (name: string) => boolean = () => true): Promise<Map<string, T>> {
    const answers = new Map<string, T>();
    for (const seat of this.#seats) {
      if (!to(seat.spec.name)) continue;
      const got = await request<T>(seat, body);
      if ("answer" in got) answers.set(seat.spec.name, got.answer);
    }
    return answers;
  }

  /** Takes `rounds` slices of each peer in turn (order rotated each round, one warm-up dropped). */
  async measure(trial: Trial): Promise<Measured[]> {
    const turns = this.#seats.map((seat): Turn => {
      const reason = seat.absent ?? trial.skip?.(seat.spec.name);
      return { seat, slices: [], losses: [], busy: 0, reason };
    });
    const live = turns.filter((turn) => turn.reason === undefined);
    if (live.length === 0)
      throw new Error(`No peer can run here: ${turns.map((turn) => turn.reason).join("; ")}.`);
    for (const turn of live) await slice(turn, trial, false);
    for (let r = 0; r < trial.rounds; r++) {
      for (let i = 0; i < live.length; i++) {
        const turn = live[(i + r) % live.length];
        if (turn) await slice(turn, trial, true);
      }
      process.stderr.write(`  round ${r + 1} of ${trial.rounds}\n`);
    }
    return turns.map((turn) => summarize(turn, trial.units));
  }

  async close(): Promise<void> {
    const residents = this.#seats.flatMap(({ resident }) => resident ?? []);
    await Promise.all(residents.map((resident) => resident.close()));
  }
}
