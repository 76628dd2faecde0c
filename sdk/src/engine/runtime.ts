import { GradlabError } from "../errors.js";
import {
  capture,
  fingerprint,
  type Fingerprint,
  idOf,
  installEvaluator,
  isFed,
  type Node,
  withoutValues,
  type Graph,
  type Storage,
  type Tensor,
} from "../graph/index.js";
import { sizeOf } from "../tensor/index.js";
import { announceDevice } from "./announce-device.js";
import type { Engine, Program } from "./engine.js";
import { computeHostNodes, refuseHostNodes } from "./host.js";
import { OnnxEngine } from "./onnx/engine.js";
import { place } from "./placement.js";
import { RecentlyUsed } from "./recently-used.js";
import { ReferenceEngine } from "./reference/engine.js";
import { inTurn } from "./turn.js";

/** Elements below which interpreting a graph once beats compiling it. */
const TINY = 2048;
/** Compiled programs kept; the least recently used goes first. */
const CACHE_LIMIT = 256;

/** A program, and which of an expression's leaves it is fed. */
interface Plan {
  readonly program: Program;
  readonly feeds: readonly number[];
}

/** Chooses an engine for a graph and keeps what it compiled, by structure. */
export class Runtime {
  readonly #programs = new RecentlyUsed<Promise<Program>>(CACHE_LIMIT);
  /** By what was written, so that a plain loop simplifies its expression once. */
  readonly #plans = new RecentlyUsed<Plan>(CACHE_LIMIT);
  readonly #tiny = new ReferenceEngine();

  constructor(readonly engine: Engine) {}

  /** The program for a graph: compiled once for each structure. */
  program(graph: Graph): Promise<Program> {
    const cached = this.#programs.get(graph.key);
    if (cached) return cached;
    refuseHostNodes(graph.nodes);
    const engine = isTiny(graph) ? this.#tiny : this.engine;
    const compiled = engine.compile(withoutValues(graph));
    this.#programs.set(graph.key, compiled);
    compiled.catch(() => this.#programs.delete(graph.key));
    return compiled;
  }

  async evaluate(tensors: readonly Tensor[]): Promise<void> {
    const pending = tensors.filter((tensor) => !tensor.storage);
    if (pending.length === 0) return;
    const written = fingerprint(pending);
    const known = this.#plans.get(written.key);
    if (known) return this.#run(known, pending, written.leaves);
    await computeHostNodes(pending, (inputs) => this.#compute(inputs));
    await this.#compute(pending);
  }

  async #compute(tensors: readonly Tensor[]): Promise<void> {
    const pending = tensors.filter((tensor) => !tensor.storage);
    if (pending.length === 0) return;
    const written = fingerprint(pending);
    const plan = this.#plans.get(written.key) ?? (await this.#plan(pending, written));
    await this.#run(plan, pending, written.leaves);
  }

  async #plan(pending: readonly Tensor[], { key, leaves }: Fingerprint): Promise<Plan> {
    const graph = capture(pending);
    const positions = new Map(leaves.map((leaf, i) => [idOf(leaf), i]));
    const feeds = graph.inputs.map((input) => positions.get(idOf(input))!);
    const plan = { program: await this.program(graph), feeds };
    this.#plans.set(key, plan);
    return plan;
  }

  async #run({ program, feeds }: Plan, pending: readonly Tensor[], leaves: readonly Tensor[]): Promise<void> {
    const inputs = feeds.map((at) => leaves[at]);
    const results = await inTurn(false, async () => {
      await placeFor(program, inputs);
      return program.run(inputs.map(storageOf));
    });
    pending.forEach((tensor, i) => (tensor.node.values[tensor.index] = results[i]));
  }
}

/** Moves what a program of the present engine reads to its device; small programs are interpreted where they are. */
export async function placeFor(
  program: Program,
  leaves: readonly Tensor[],
  updated: readonly Tensor[] = [],
): Promise<void> {
  const { engine } = current;
  if (program.device === engine.device) await place(engine, leaves, updated);
}

/** The values of a leaf. @throws when it is a placeholder, or was overwritten in place */
export function storageOf(leaf: Tensor): Storage {
  const storage = leaf.storage;
  if (storage) return storage;
  throw new GradlabError(
    "E_ENGINE",
    leaf.node.consumed
      ? `The old value of ${leaf.toString()} was overwritten by an in-place update.`
      : `${leaf.toString()} is the argument of a traced function and has no values yet.`,
    { hint: "Build the expression again after the update, or compute it inside the compiled function." },
  );
}

const isTiny = (graph: Graph): boolean => workOf(graph) <= TINY;

function workOf(graph: Graph): number {
  let work = 0;
  for (const node of graph.nodes) {
    const inner = node.op.traits.includes("contraction")
      ? Math.max(1, ...node.inputs.map((x) => x.shape.at(-1) ?? 1))
      : 1;
    if (node.op.body) work += workOf(node.op.body.graph) * repeats(node);
    for (const output of node.outputs) work += sizeOf(output.shape) * inner;
    for (const input of node.inputs) if (isFed(input.node)) work += sizeOf(input.shape);
  }
  return work;
}

/** How often a graph inside a node runs: once for each entry of the results it stacks. */
const repeats = ({ outputs }: Node): number => Math.max(1, outputs.at(-1)?.shape[0] ?? 1);

let current = start(new OnnxEngine());

function start(engine: Engine): Runtime {
  announceDevice({ device: engine.device, engine: engine.name });
  return new Runtime(engine);
}

export const runtime = (): Runtime => current;

/** Makes all later computations use another engine. Values that exist stay where they are. */
export function useEngine(engine: Engine): void {
  current = start(engine);
}

installEvaluator((tensors) => current.evaluate(tensors));
