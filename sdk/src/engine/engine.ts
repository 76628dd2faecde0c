import type { Graph, Storage } from "../graph/index.js";
import type { HostArray } from "../tensor/index.js";

/** What a compiled graph can do. A Program is replayed, never re-dispatched op by op. */
export interface Program {
  readonly graph: Graph;
  /**
   * Runs once. Inputs in the graph's order; results in the order of its outputs. An output that
   * overwrites an input returns that input's storage, changed.
   */
  run(inputs: readonly Storage[]): Promise<readonly Storage[]>;
}

export interface MemoryReport {
  /** Bytes of values that programs hand out and still exist. */
  readonly liveBytes: number;
  readonly peakBytes: number;
  /** Compiled programs held in the cache. */
  readonly programs: number;
}

/** A way to run graphs. One contract suite runs over all of them. */
export interface Engine {
  readonly name: string;
  readonly device: string;
  /** @throws E_ENGINE when an op cannot run here */
  compile(graph: Graph): Promise<Program>;
  /** Values where programs of this engine read them fastest. */
  upload(array: HostArray): Promise<Storage>;
  download(storage: Storage): Promise<HostArray>;
  memory(): MemoryReport;
}
