import { DISPLAY, table, type Displayable, type Table } from "../../display/index.js";
import { runtime } from "../../engine/index.js";
import { capture, liveVariables, placeholder, type Variable } from "../../graph/index.js";
import { GradlabError } from "../../errors.js";
import { tensor } from "../../ops/index.js";
import { profileGraph } from "../profile/profile.js";
import { specBytes } from "../profile/work.js";

/** What the process holds now, in bytes. Ending a notebook cell with it shows it. */
export interface MemorySummary extends Displayable {
  /** Variables that optimizers change, and all others: moments, averages, caches, frozen weights. */
  readonly parameters: number;
  readonly state: number;
  /** Results of programs that somebody still holds, other than variables. */
  readonly results: number;
  /** The most that results have taken. */
  readonly peakResults: number;
  /** Compiled programs that are kept, each with a copy of its constants. */
  readonly programs: number;
  /** The engine's arena, where it has one: bytes taken from the system, and bytes in use between runs. */
  readonly arena: { readonly held: number; readonly inUse: number } | undefined;
  /** The process as the system sees it; `arrays` lie outside JavaScript's heap. */
  readonly rss: number;
  readonly heap: number;
  readonly arrays: number;
  text(): string;
}

/**
 * Where this process's memory is: tensors by what they are for, programs, the engine's arena, JavaScript's heap.
 * What is no longer reachable counts until the garbage collector has run.
 *
 * @example
 * const summary = await memorySummary();
 * summary.rss > summary.heap; // true
 */
export async function memorySummary(): Promise<MemorySummary> {
  const { engine } = runtime();
  const variables = liveVariables();
  const { liveBytes, peakBytes, programs } = engine.memory();
  const counted = variables.filter(({ storage }) => storage && engine.counts?.(storage));
  const { rss, heapUsed, arrayBuffers } = process.memoryUsage();
  const summary: MemorySummary = {
    parameters: bytesOf(variables.filter(({ trainable }) => trainable)),
    state: bytesOf(variables.filter(({ trainable }) => !trainable)),
    results: liveBytes - bytesOf(counted),
    peakResults: peakBytes,
    programs,
    arena: await arenaNow(),
    rss,
    heap: heapUsed,
    arrays: arrayBuffers,
    text: () => tableOf(summary).text(),
    [DISPLAY]: () => ({ "text/html": tableOf(summary).html(), "text/plain": summary.text() }),
  };
  return summary;
}

/** Memory that several variables share counts once. */
function bytesOf(variables: readonly Variable[]): number {
  const storages = new Map(
    variables.flatMap(({ storage }) => (storage ? [[storage.array?.data ?? storage, storage]] : [])),
  );
  return [...storages.values()].reduce((sum, storage) => sum + specBytes(storage), 0);
}

/** All programs share the arena, so that the smallest one's report tells of it. */
async function arenaNow(): Promise<MemorySummary["arena"]> {
  const { engine } = runtime();
  if (!engine.profile) return undefined;
  const x = placeholder([1]);
  const graph = capture([x.neg()], { inputs: [x] });
  try {
    const { events } = await profileGraph(graph, [tensor([0])], 1);
    const [{ bytesHeld, bytesInUse, bytesAdded }] = events[0].kernels;
    return { held: bytesHeld, inUse: bytesInUse - bytesAdded };
  } catch (error) {
    if (error instanceof GradlabError && error.code === "E_CONFIG") return undefined;
    throw error;
  }
}

function tableOf(summary: MemorySummary): Table {
  const { arena } = summary;
  const rows: (readonly [string, number | undefined])[] = [
    ["parameters", summary.parameters],
    ["state (moments, averages, caches, frozen weights)", summary.state],
    ["results that are still held", summary.results],
    ["results at their peak", summary.peakResults],
    ["the engine's arena", arena?.held],
    ["of it in use between runs", arena?.inUse],
    ["JavaScript's heap", summary.heap],
    ["arrays outside it", summary.arrays],
    ["the whole process", summary.rss],
  ];
  const shown = rows.flatMap(([memory, bytes]) =>
    bytes === undefined ? [] : [{ memory, MB: +(bytes / 1e6).toPrecision(4) }],
  );
  return table(shown, { title: `Memory now; ${summary.programs} compiled programs` });
}
