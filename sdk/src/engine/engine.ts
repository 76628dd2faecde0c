import type { Graph, Node, Storage } from "../graph/index.js";
import type { HostArray } from "../tensor/index.js";

/** What a compiled graph can do. A Program is replayed, never re-dispatched op by op. */
export interface Program {
  readonly graph: Graph;
  /** Where it computes, and reads values without a copy. */
  readonly device: string;
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

/** One operation of the engine, as it was written into a program. */
export interface Kernel {
  readonly inputs: readonly string[];
  /** Empty names stand for outputs that are not made. */
  readonly outputs: readonly string[];
}

/** A program that writes down how long each operation takes. */
export interface ProfiledProgram extends Program {
  /** What is really run: the graph's nodes, or what they were written out as. */
  readonly nodes: readonly Node[];
  /** The engine's operations by name, and its names of the graph's inputs and outputs. */
  readonly kernels: ReadonlyMap<string, Kernel>;
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  /** The node that an operation of this name in the profile belongs to. */
  nodeOf(name: string): Node | undefined;
  /** Ends the program, which writes its profile. */
  finish(): void;
}

/** A way to run graphs. One contract suite runs over all of them. */
export interface Engine {
  readonly name: string;
  readonly device: string;
  /** @throws E_ENGINE when an op cannot run here */
  compile(graph: Graph): Promise<Program>;
  /**
   * The same, with every operation timed; absent where an engine cannot.
   *
   * @param path of the profile, in the format of Chrome's traces; the engine appends a date and ".json"
   */
  profile?(graph: Graph, path: string): Promise<ProfiledProgram>;
  /** Values where programs of this engine read them fastest. */
  upload(array: HostArray): Promise<Storage>;
  download(storage: Storage): Promise<HostArray>;
  memory(): MemoryReport;
  /** Whether these values count among `memory().liveBytes`. */
  counts?(storage: Storage): boolean;
}
