import { join } from "node:path";
import {
  benchRoot,
  childScript,
  ensureBenchDependencies,
  type BenchOptions,
  type Peers,
  type PeerSpec,
} from "../harness/index.js";
import { PROBLEMS, type Problem } from "./tensor-problems.js";
import { findTorch, tuneTorch, type Environment } from "./train-tune.js";

export const OURS = "gradlab";
export const ONE_THREAD = "gradlab, 1 thread";
export const PLAIN = "gradlab, plain loop";
export const INSIDE = "gradlab, inside a program";
export const LIBRARY = "gradlab, without kernels of its own";
export const TORCH = "PyTorch";
export const JAX = "jax-js wasm";
export const TFJS = "tfjs wasm";
export const TFJS_CPU = "tfjs cpu";

/** ms that a step is repeated for in one slice. */
export const WINDOW_MS = 150;

function ourPeer(name: string, threads: number): PeerSpec {
  const options = JSON.stringify({
    threads: name === ONE_THREAD ? 1 : threads,
    kernels: name !== LIBRARY,
    plain: name === PLAIN,
    inside: name === INSIDE,
  });
  return { name, command: [process.execPath, childScript("cases/gradlab-tensors.js"), options] };
}

function scriptPeer(name: string, needed: string, script: string, ...args: string[]): PeerSpec {
  const unavailable = ensureBenchDependencies(needed);
  if (unavailable !== undefined) return { name, unavailable };
  return { name, command: [process.execPath, childScript(script), ...args], optional: true };
}

const tfjsPeer = (name: string, backend: string): PeerSpec =>
  scriptPeer(name, "@tensorflow/tfjs-backend-wasm", "cases/tfjs-tensors.js", backend);

function torchCommand(python: string, threads: number): string[] {
  const options = JSON.stringify({ threads, problems: PROBLEMS });
  return [python, join(benchRoot, "peers/torch_tensors.py"), options];
}

export interface TensorPeers {
  readonly specs: readonly PeerSpec[];
  /** The settings of PyTorch. */
  readonly env: Environment;
}

/** The peers of these names; PyTorch with the settings that make it fastest on `tuneOn`. */
export async function tensorPeers(
  names: readonly string[],
  tuneOn: Problem,
  { threads }: BenchOptions,
): Promise<TensorPeers> {
  const python = findTorch();
  const command = python === undefined ? [] : torchCommand(python, threads);
  const env = python === undefined ? {} : await tuneTorch(command, { ...tuneOn, windowMs: WINDOW_MS });
  const torch: PeerSpec =
    python === undefined
      ? { name: TORCH, unavailable: "no python3 with torch (Debian: python3-torch)" }
      : { name: TORCH, command, env };
  const specOf = (name: string): PeerSpec => {
    if (name === TORCH) return torch;
    if (name === JAX) return scriptPeer(JAX, "@jax-js/jax", "cases/jax-js-tensors.js");
    if (name === TFJS) return tfjsPeer(TFJS, "wasm");
    return name === TFJS_CPU ? tfjsPeer(TFJS_CPU, "cpu") : ourPeer(name, threads);
  };
  return { specs: names.map(specOf), env };
}

/** Largest difference of two lists, each entry against its own size but at least `scale`. */
function difference(a: readonly number[], b: readonly number[], scale: number): number {
  if (a.length !== b.length) return Infinity;
  return a.reduce((worst, x, i) => {
    const apart = Math.abs(x - b[i]) / Math.max(Math.abs(b[i]), scale);
    return Number.isNaN(apart) ? Infinity : Math.max(worst, apart);
  }, 0);
}

export interface Agreement {
  readonly worst: number;
  /** The peers that were compared, and gradlab's numbers. */
  readonly names: readonly string[];
  readonly values: readonly number[];
}

export interface CompareOptions {
  /** Largest difference allowed. Default 1e-3. */
  readonly tolerance?: number;
  /** Size below which a number is not compared with itself but with this. Default 1e-6. */
  readonly scale?: number;
  /** Whether a peer is asked. Default all. */
  readonly to?: (name: string) => boolean;
}

/** Asks every peer for its numbers. @throws when one is off: then it does not compute the same problem */
export async function compareValues(
  peers: Peers,
  problem: Problem,
  { tolerance = 1e-3, scale = 1e-6, to }: CompareOptions = {},
): Promise<Agreement> {
  const answers = await peers.ask<{ values: number[] }>({ ...problem, want: "values" }, to);
  const ours = answers.get(OURS)?.values;
  if (!ours) throw new Error(`${OURS} gave no values for ${problem.problem}.`);
  let worst = 0;
  for (const [name, { values }] of answers) {
    const apart = difference(values, ours, scale);
    if (!(apart < tolerance))
      throw new Error(
        `${name} and ${OURS} differ by ${apart} (relative) on ${JSON.stringify(problem)}: ${values.join(" ")} against ${ours.join(" ")}.`,
      );
    worst = Math.max(worst, apart);
  }
  return { worst, names: [...answers.keys()], values: ours };
}
