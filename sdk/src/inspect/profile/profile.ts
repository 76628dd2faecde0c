import { readJson, listFolder, withTemporaryFolder } from "../../artifacts/index.js";
import { runtime, traceGraph, type Engine, type ProfiledProgram, type Traced } from "../../engine/index.js";
import { GradlabError } from "../../errors.js";
import { evaluate, HostStorage, type Graph, type Storage, type Tensor } from "../../graph/index.js";
import { eventsOf, type RunEvents } from "./events.js";
import { measureMachine } from "./machine.js";
import { reportOf, type ProfileReport } from "./report.js";

export interface ProfileOptions {
  /** Runs that count, after one that does not. Default 5. */
  readonly runs?: number;
  /** Whether the machine's peaks are measured for the roofline, which takes a second the first time. Default true. */
  readonly peaks?: boolean;
}

/**
 * Where a function's time goes: by op, by line of your code and by part of gradlab, with the arithmetic it does
 * and the memory it moves. The function is traced and run several times in a session of its own that
 * notes every operation's time. Variables it assigns keep their values.
 *
 * @param fn compiled or not; what it returns must be tensors
 * @throws E_CONFIG on an engine that cannot time single operations
 * @example
 * const report = await profile((x: Tensor) => x.matmul(x), [zeros([64, 64])], { peaks: false });
 * report.byOp.map(({ name }) => name); // ["matmul"]
 * report.flops; // 524288
 */
export async function profile<A extends readonly Tensor[]>(
  fn: (...args: A) => Traced | Promise<Traced>,
  args: A,
  options: ProfileOptions = {},
): Promise<ProfileReport> {
  const { runs = 5, peaks = true } = options;
  const graph = await traceGraph(fn, args, { dynamicAxes: [] });
  await evaluate(args);
  const { events, wallMs, nodes } = await profileGraph(graph, args, runs);
  return reportOf({ events, wallMs, nodes, peaks: peaks ? await measureMachine() : undefined });
}

export interface ProfiledRuns extends Pick<
  ProfiledProgram,
  "nodes" | "kernels" | "inputNames" | "outputNames"
> {
  readonly events: readonly RunEvents[];
  /** Of each run that counts. */
  readonly wallMs: readonly number[];
}

/** Runs a graph with every operation timed. @param args values of the graph's first inputs */
export async function profileGraph(
  graph: Graph,
  args: readonly Tensor[],
  runs: number,
): Promise<ProfiledRuns> {
  const engine = runtime().engine;
  if (!engine.profile) throw cannotProfile(engine);
  const feeds = await Promise.all(graph.inputs.map((input, i) => feedOf(graph, args[i] ?? input, i)));
  return withTemporaryFolder(async (folder) => {
    const program = await engine.profile!(graph, `${folder}/profile`);
    const wallMs: number[] = [];
    try {
      for (let run = 0; run <= runs; run++) {
        const start = performance.now();
        await program.run(feeds);
        wallMs.push(performance.now() - start);
      }
    } finally {
      program.finish();
    }
    const [file] = await listFolder(folder);
    const events = eventsOf(await readJson(`${folder}/${file}`), (name) => program.nodeOf(name));
    const { nodes, kernels, inputNames, outputNames } = program;
    return { events: events.slice(1), wallMs: wallMs.slice(1), nodes, kernels, inputNames, outputNames };
  });
}

/** What the program overwrites is a copy, so that profiling changes nothing. */
async function feedOf({ donations }: Graph, tensor: Tensor, place: number): Promise<Storage> {
  const array = await tensor.storage!.read();
  return new HostStorage(donations.includes(place) ? { ...array, data: array.data.slice() } : array);
}

const cannotProfile = ({ name }: Engine): GradlabError =>
  new GradlabError("E_CONFIG", `The ${name} engine does not give the times of single operations.`, {
    hint: "Profile on the CPU: useEngine(new OnnxEngine()).",
  });
