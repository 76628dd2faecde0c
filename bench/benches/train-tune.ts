import { join } from "node:path";
import { benchRoot, readVersion, Resident, round } from "../harness/index.js";
import type { TrainCase } from "./train-case.js";

export type Environment = Readonly<Record<string, string>>;

/** glibc keeps big freed blocks instead of handing the pages back: fewer page faults, more memory. */
export const KEEP_MEMORY: Environment = {
  MALLOC_MMAP_THRESHOLD_: "4294967296",
  MALLOC_TRIM_THRESHOLD_: "17179869184",
  MALLOC_TOP_PAD_: "268435456",
};

/** The settings that gradlab's targets were set against: the fast OpenBLAS kernels, quiet waiting, the default malloc. */
export const NOTED: Environment = { OPENBLAS_CORETYPE: "SkylakeX", OMP_WAIT_POLICY: "passive" };

/** Heats: every entry is tried on top of the winner of the heat before; the empty one keeps it as it is. */
const HEATS: readonly (readonly Environment[])[] = [
  [{}, ...["SkylakeX", "Haswell", "Zen"].map((core) => ({ OPENBLAS_CORETYPE: core }))],
  [{}, KEEP_MEMORY, { ATEN_CPU_CAPABILITY: "avx512" }, { ...KEEP_MEMORY, ATEN_CPU_CAPABILITY: "avx512" }],
  [{}, { OMP_WAIT_POLICY: "", GOMP_SPINCOUNT: "2000" }, { OMP_WAIT_POLICY: "" }],
];
const ROUNDS = 6;
/** A later candidate must be this much faster than an earlier one: below that it is noise. */
const MARGIN = 0.97;

/** The first Python that imports torch: $PYTHON, python3 of the PATH, the system's. */
export function findTorch(): string | undefined {
  const candidates = [process.env["PYTHON"] ?? "python3", "python3", "/usr/bin/python3"];
  return candidates.find(
    (python) => readVersion(python, ["-c", "import torch; print(torch.__version__)"]) !== undefined,
  );
}

export function torchCommand(python: string, c: TrainCase): string[] {
  return [python, join(benchRoot, "peers/torch_train.py"), JSON.stringify(c)];
}

/** An environment without the variables that are empty strings. */
function cleaned(env: Environment): Environment {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ""));
}

interface Runner {
  readonly env: Environment;
  readonly resident: Resident;
  best: number;
}

async function startRunner(
  command: readonly string[],
  env: Environment,
  request: object,
): Promise<Runner | undefined> {
  try {
    const { resident } = await Resident.start({ name: "PyTorch (tuning)", command, env });
    await resident.request(request);
    return { env, resident, best: Infinity };
  } catch {
    return undefined; // this processor lacks the instructions of that setting
  }
}

/** Keeps all candidates alive, lets them take turns, and answers the one with the fastest step. */
async function heat(
  command: readonly string[],
  candidates: readonly Environment[],
  request: object,
): Promise<Environment> {
  const runners: Runner[] = [];
  for (const env of candidates) {
    const runner = await startRunner(command, env, request);
    if (runner) runners.push(runner);
  }
  for (let r = 0; r < ROUNDS; r++) {
    for (const runner of runners) {
      const { wallMs } = await runner.resident.request<{ wallMs: number }>(request);
      runner.best = Math.min(runner.best, wallMs);
    }
  }
  await Promise.all(runners.map((runner) => runner.resident.close()));
  for (const { env, best } of runners) {
    const set = Object.entries(env).map(([name, value]) => `${name}=${value}`);
    process.stderr.write(`  tuning PyTorch: ${round(best)} ms with ${set.join(" ") || "its defaults"}\n`);
  }
  const first = runners[0];
  if (!first) throw new Error("PyTorch could not be started (peers/torch_train.py).");
  return runners.reduce((won, next) => (next.best < won.best * MARGIN ? next : won), first).env;
}

/**
 * The thread, BLAS, vector and allocator settings that make PyTorch fastest on this machine, found by sending `request` to
 * children that differ in them. Its own defaults can be half as fast, which would flatter us.
 */
export async function tuneTorch(command: readonly string[], request: object): Promise<Environment> {
  let best: Environment = { OMP_WAIT_POLICY: "passive" };
  for (const candidates of HEATS) {
    best = await heat(
      command,
      candidates.map((candidate) => cleaned({ ...best, ...candidate })),
      request,
    );
  }
  return best;
}

/** Settings for a training problem, found on two layers of it. */
export function tuneTraining(python: string, c: TrainCase, steps: number): Promise<Environment> {
  return tuneTorch(torchCommand(python, { ...c, layers: Math.min(2, c.layers) }), { run: steps });
}

/** Settings as the report prints them. */
export function describeSettings(env: Environment): string {
  const named = Object.entries(env).filter(([name]) => !(name in KEEP_MEMORY));
  const settings = named.map(([name, value]) => `${name}=${value}`);
  if (named.length < Object.keys(env).length) settings.push("and a malloc that keeps freed pages");
  return settings.join(" ") || "its defaults";
}
