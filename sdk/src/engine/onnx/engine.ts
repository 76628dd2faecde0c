import { availableParallelism } from "node:os";
import { GradlabError } from "../../errors.js";
import {
  HostStorage,
  readSizes,
  shapeAt,
  sizeTables,
  type Graph,
  type SizeTable,
  type Storage,
} from "../../graph/index.js";
import { zerosArray, type HostArray, type TypedArray } from "../../tensor/index.js";
import type { Engine, MemoryReport, ProfiledProgram, Program } from "../engine.js";
import { hasKernels } from "../jit/index.js";
import { lend } from "../lent.js";
import { hosted, withHostedConstants } from "../placement.js";
import { silenceTelemetry } from "../native/environment.js";
import { loadBinding } from "./binding.js";
import { loadOrt } from "./c-api.js";
import type { OnnxSession, SessionFactory, SessionOptions } from "./session.js";
import { writeOnnx, type WrittenGraph } from "./write.js";

export interface OnnxEngineOptions extends Partial<SessionOptions> {
  /** How the library is reached. Default: its C API, the package's binding where that fails. */
  readonly via?: SessionFactory["name"];
  /**
   * Whether products and chains of elementwise ops run as machine code made here (x86-64 with AVX-512) instead of the
   * library's operators. Default: where the machine can.
   */
  readonly kernels?: boolean;
}

const inputNamesOf = ({ inputs }: Graph): string[] => inputs.map((_, i) => `i${i}`);

interface Loaded {
  readonly program: Program;
  readonly session: OnnxSession;
  readonly written: WrittenGraph;
}

/** Bytes from which a constant is read where it is; smaller ones are copied into the program. */
const LARGE = 4096;

const isLarge = ({ data }: HostArray): boolean => data.byteLength >= LARGE;

/** ONNX Runtime on the CPU. */
export class OnnxEngine implements Engine {
  readonly name = "onnx";
  readonly device = "cpu";
  #factory: Promise<SessionFactory> | undefined;
  #live = 0;
  #peak = 0;
  #programs = 0;
  /** Programs in flight: nobody else may hold one, and its session must outlive the run. */
  readonly #running = new Map<Program, number>();
  readonly #counted = new WeakSet<TypedArray>();
  readonly #freed = new FinalizationRegistry<number>((bytes) => (this.#live -= bytes));
  readonly #released = new FinalizationRegistry<OnnxSession>((session) => {
    session.release();
    this.#programs--;
  });

  constructor(readonly options: OnnxEngineOptions = {}) {}

  async compile(graph: Graph): Promise<Program> {
    const { program, session } = await this.#load(graph, {});
    this.#programs++;
    this.#released.register(program, session);
    return program;
  }

  async profile(graph: Graph, path: string): Promise<ProfiledProgram> {
    if ((await this.#chosen()).name === "binding") {
      throw new GradlabError(
        "E_CONFIG",
        "ONNX Runtime's binding does not give the times of single operations.",
        {
          hint: 'Use the C API: useEngine(new OnnxEngine({ via: "c-api" })).',
        },
      );
    }
    const { program, session, written } = await this.#load(graph, { profileTo: path });
    const { nodes, kernels, outputNames } = written;
    return {
      ...program,
      nodes,
      kernels,
      inputNames: inputNamesOf(graph),
      outputNames,
      nodeOf: (name) => nodes[Number(/^(\d+):/.exec(name)?.[1] ?? NaN)],
      finish: () => session.release(),
    };
  }

  #chosen(): Promise<SessionFactory> {
    return (this.#factory ??= chooseFactory(this.options.via));
  }

  async #load(graph: Graph, more: Partial<SessionOptions>): Promise<Loaded> {
    const factory = await this.#chosen();
    const { kernels: wanted = true } = this.options;
    const kernels = wanted && factory.name === "c-api" && hasKernels();
    const borrows = factory.name === "c-api" ? isLarge : () => false;
    const written = writeOnnx(await withHostedConstants(graph), { kernels, borrows });
    written.borrowing.forEach(lend);
    const { threads = defaultThreads(), spinning = false, prepack = true } = this.options;
    const session = await factory.create(
      {
        bytes: written.bytes,
        inputNames: inputNamesOf(graph),
        outputNames: written.outputNames,
        natives: written.natives,
        borrowing: written.borrowing,
      },
      { threads, spinning, prepack, ...more },
    );
    // The binding copies results back after the run, so it may overwrite whatever was donated.
    const inPlace = factory.name === "binding" ? graph.donations : written.inPlace;
    // The session holds the constants now, as copies or as what it borrows.
    const [table] = sizeTables(graph);
    const { traces: _, ...kept } = { ...graph, constants: [] };
    const program = this.#program(kept, { ...written, inPlace }, table, session);
    return { program, session, written };
  }

  #program(graph: Graph, { inPlace }: WrittenGraph, table: SizeTable, session: OnnxSession): Program {
    const program: Program = {
      graph,
      device: this.device,
      run: async (fed) => {
        const inputs = await hosted(fed);
        const feeds = inputs.map((storage) => storage.array!);
        const sizes = readSizes(
          graph,
          inputs.map(({ shape }) => shape),
        );
        const results = graph.outputs.map((output, i) => {
          const target = inPlace[i];
          if (target !== undefined) return inputs[target];
          return this.#allocate(zerosArray(shapeAt(table, sizes, output.shape), output.dtype));
        });
        this.#running.set(program, (this.#running.get(program) ?? 0) + 1);
        try {
          await session.run(
            feeds,
            results.map((storage) => storage.array!),
          );
        } finally {
          const left = this.#running.get(program)! - 1;
          if (left > 0) this.#running.set(program, left);
          else this.#running.delete(program);
        }
        return results;
      },
    };
    return program;
  }

  upload(array: HostArray): Promise<Storage> {
    return Promise.resolve(new HostStorage(array));
  }

  download(storage: Storage): Promise<HostArray> {
    return storage.read();
  }

  memory(): MemoryReport {
    return { liveBytes: this.#live, peakBytes: this.#peak, programs: this.#programs };
  }

  counts({ array }: Storage): boolean {
    return array !== undefined && this.#counted.has(array.data);
  }

  #allocate(array: HostArray): Storage {
    this.#counted.add(array.data);
    const bytes = array.data.byteLength;
    this.#live += bytes;
    this.#peak = Math.max(this.#peak, this.#live);
    this.#freed.register(array.data, bytes);
    return new HostStorage(array);
  }
}

function defaultThreads(): number {
  const asked = Number(process.env.GRADLAB_THREADS);
  return Number.isInteger(asked) && asked > 0 ? asked : availableParallelism();
}

async function chooseFactory(via: SessionFactory["name"] | undefined): Promise<SessionFactory> {
  await silenceTelemetry();
  if (via === "binding") return loadBinding();
  if (via === "c-api") return loadOrt();
  try {
    return loadOrt();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    process.emitWarning(
      `ONNX Runtime's C API cannot be reached (${reason}); its slower binding is used.`,
      "GradlabWarning",
    );
    return loadBinding();
  }
}
