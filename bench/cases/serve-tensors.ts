import { createInterface } from "node:readline";
import type { Problem } from "../benches/tensor-problems.js";
import { peakRssMb, say, startCost, type Cost } from "./serve-runs.js";

/** A problem with its data in place, not yet computed. */
export interface Prepared {
  /** One unit of work, ended when its result can be read in JavaScript. */
  step(): unknown;
  /** Numbers that every peer must get alike, computed from the state as it was prepared. */
  values(): Promise<readonly number[]>;
  /** One step, answering how many ms of it went into building the graph and finding its program. */
  readonly buildMs?: () => Promise<number>;
  dispose?(): void;
}

export interface TensorEngine {
  readonly versions: Readonly<Record<string, string>>;
  prepare(problem: Problem): Promise<Prepared> | Prepared;
}

type Want = "values" | "first" | "build";

type Request = Problem & { readonly want?: Want; readonly windowMs?: number };

/** Repeats a step until the window has passed; the mean cost of one. */
async function repeated(step: () => unknown, windowMs: number): Promise<Cost> {
  let steps = 0;
  const stop = startCost();
  for (let cost = stop(); ; cost = stop()) {
    if (steps > 0 && cost.wallMs >= windowMs)
      return { wallMs: cost.wallMs / steps, cpuMs: cost.cpuMs / steps };
    await step();
    steps++;
  }
}

async function once(step: () => unknown): Promise<Cost> {
  const stop = startCost();
  await step();
  return stop();
}

/** The building share of plain steps: ms in the calls that make the graph, and ms of whole steps. */
async function building({ buildMs }: Prepared): Promise<{ buildMs: number; stepMs: number }> {
  if (!buildMs) throw new Error("this peer builds no graph in its steps");
  for (let i = 0; i < 20; i++) await buildMs();
  let [built, steps] = [0, 0];
  const stop = startCost();
  for (; steps < 100; steps++) built += await buildMs();
  return { buildMs: built / steps, stepMs: stop().wallMs / steps };
}

async function answerWith(prepared: Prepared, { want, windowMs = 200 }: Request): Promise<object> {
  if (want === "values") return { values: await prepared.values() };
  if (want === "build") return building(prepared);
  return want === "first" ? once(() => prepared.step()) : repeated(() => prepared.step(), windowMs);
}

/** Keeps the problem that is timed between requests; everything else starts from a fresh one. */
class Server {
  #kept: { readonly key: string; readonly prepared: Prepared } | undefined;

  constructor(readonly engine: TensorEngine) {}

  async answer({ want, windowMs, ...problem }: Request & { run?: number }): Promise<object> {
    if (want === undefined) return answerWith(await this.#timed(problem), { ...problem, windowMs });
    const fresh = await this.engine.prepare(problem);
    try {
      return await answerWith(fresh, { ...problem, want });
    } finally {
      fresh.dispose?.();
    }
  }

  async #timed(problem: Problem): Promise<Prepared> {
    const key = JSON.stringify(problem);
    if (this.#kept?.key !== key) {
      this.#kept?.prepared.dispose?.();
      this.#kept = { key, prepared: await this.engine.prepare(problem) };
    }
    return this.#kept.prepared;
  }
}

/** The Node side of the harness's protocol for tensor problems; a failure is answered, so that the next problem can run. */
export async function serveTensors(engine: TensorEngine): Promise<void> {
  const server = new Server(engine);
  say({ ready: true, versions: engine.versions });
  for await (const line of createInterface({ input: process.stdin })) {
    try {
      const answer = await server.answer(JSON.parse(line) as Request);
      say({ ...answer, rssMb: peakRssMb() });
    } catch (error) {
      say({ error: error instanceof Error ? error.message : String(error) });
    }
  }
}
