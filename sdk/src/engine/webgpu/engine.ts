import type { InferenceSession, Tensor as OrtTensor } from "onnxruntime-node";
import { HostStorage, type Graph, type Storage } from "../../graph/index.js";
import { byteSize, sizeOf, type DType, type HostArray, type TypedArray } from "../../tensor/index.js";
import type { Engine, MemoryReport, Program } from "../engine.js";
import { withHostedConstants } from "../placement.js";
import { writeOnnx } from "../onnx/write.js";
import { canReside, GpuDevice, type Location, type Traffic } from "./device.js";
import { checkIndices, indexBounds } from "./indices.js";
import { selfCheck } from "./self-check.js";
import { GpuStorage } from "./storage.js";

/** Results up to this size come back with the run, since they are most likely read: losses, norms, ids. */
const SMALL_BYTES = 4096;

export interface WebGpuEngineOptions {
  /** "system", "software", or the path of a Vulkan driver's ICD file. Default: GRADLAB_WEBGPU_DRIVER, else "system". */
  readonly driver?: string;
  /** Compares the GPU with the CPU before its first use. Default: one step of learning, `selfCheck`. */
  readonly check?: (compile: (graph: Graph) => Promise<Program>) => Promise<void>;
}

/**
 * ONNX Runtime's WebGPU provider: programs run on the GPU, results and whatever is updated stay there.
 * Values are read through `Storage.read()`; nothing else can look at the GPU's memory.
 *
 * @example
 * const engine = new WebGpuEngine({ driver: "software" });
 * engine.device; // "webgpu"
 */
export class WebGpuEngine implements Engine {
  readonly name = "webgpu";
  readonly device = "webgpu";
  #opened: Promise<GpuDevice> | undefined;
  #gpu: GpuDevice | undefined;
  #programs = 0;
  /** What runs in flight were fed: it must not be collected before they end. */
  readonly #fed = new Set<readonly Storage[]>();
  readonly #released = new FinalizationRegistry<InferenceSession>((session) => {
    void session.release();
    this.#programs--;
  });

  constructor(readonly options: WebGpuEngineOptions = {}) {}

  /**
   * Starts the GPU and compares one step of learning with its definition, once.
   *
   * @throws E_DEVICE when no adapter answers, or when it computes wrongly
   */
  async ready(): Promise<void> {
    await this.#ready();
  }

  async compile(graph: Graph): Promise<Program> {
    return this.#compile(await this.#ready(), graph);
  }

  async #compile(gpu: GpuDevice, graph: Graph): Promise<Program> {
    const { bytes, outputNames, cpuNodes } = writeOnnx(await withHostedConstants(graph), {
      device: "webgpu",
    });
    const places = graph.outputs.map((_, i) => placeOf(graph, i));
    const locations = Object.fromEntries(outputNames.map((name, i) => [name, places[i]]));
    const session = await gpu.session(bytes, locations, cpuNodes);
    const bounds = indexBounds(graph);
    const run = async (inputs: readonly Storage[]): Promise<readonly Storage[]> => {
      this.#fed.add(inputs);
      await gpu.collector.visit();
      try {
        const results = await gpu.run(session, await feedsOf(gpu, inputs, bounds));
        return await Promise.all(
          outputNames.map((name, i) => {
            const donated = graph.donations[i];
            return settle(
              gpu,
              results[name],
              graph.outputs[i].dtype,
              donated === undefined ? undefined : inputs[donated],
            );
          }),
        );
      } finally {
        this.#fed.delete(inputs);
      }
    };
    // The session holds the constants now; keeping our copies would double the weights.
    const program: Program = { graph: { ...graph, constants: [] }, device: this.device, run };
    this.#programs++;
    this.#released.register(program, session);
    return program;
  }

  async upload(array: HostArray): Promise<Storage> {
    return (await this.#ready()).upload(array);
  }

  download(storage: Storage): Promise<HostArray> {
    return storage.read();
  }

  memory(): MemoryReport {
    const { live = 0, peak = 0 } = this.#gpu?.accounts ?? {};
    return { liveBytes: live, peakBytes: peak, programs: this.#programs };
  }

  /** Values moved between host and device so far, by count and bytes. */
  traffic(): Traffic {
    const none = { uploads: 0, uploadedBytes: 0, downloads: 0, downloadedBytes: 0 };
    return { ...(this.#gpu?.traffic ?? none) };
  }

  async #ready(): Promise<GpuDevice> {
    this.#opened ??= this.#start();
    return this.#opened;
  }

  async #start(): Promise<GpuDevice> {
    const gpu = await GpuDevice.open(this.options.driver);
    const { check = selfCheck } = this.options;
    await check((graph) => this.#compile(gpu, graph));
    return (this.#gpu = gpu);
  }
}

/** Updated values stay on the device whatever their size; other results when they are large. */
function placeOf({ outputs, donations, symbols }: Graph, i: number): Location {
  const { dtype, shape } = outputs[i];
  if (!canReside(dtype)) return "cpu";
  if (donations[i] !== undefined) return "gpu-buffer";
  const symbolic = Object.keys(symbols).length > 0;
  return symbolic || sizeOf(shape) * byteSize(dtype) <= SMALL_BYTES ? "cpu" : "gpu-buffer";
}

async function feedsOf(
  gpu: GpuDevice,
  inputs: readonly Storage[],
  bounds: ReadonlyMap<number, number>,
): Promise<Record<string, OrtTensor>> {
  const feed = async (storage: Storage, i: number): Promise<OrtTensor> => {
    if (storage instanceof GpuStorage) return storage.tensor;
    const array = storage.array ?? (await storage.read());
    const size = bounds.get(i);
    if (size !== undefined) checkIndices(array, size);
    return gpu.feed(array);
  };
  const tensors = await Promise.all(inputs.map(feed));
  return Object.fromEntries(tensors.map((tensor, i) => [`i${i}`, tensor]));
}

/** A result as storage; one that overwrites an input becomes that input's value. */
async function settle(gpu: GpuDevice, result: OrtTensor, dtype: DType, target?: Storage): Promise<Storage> {
  const onHost = result.location === "cpu";
  if (target === undefined)
    return onHost ? new HostStorage({ ...gpu.received(result), dtype }) : gpu.adopt(result);
  if (target instanceof GpuStorage) {
    target.replace(result);
    return target;
  }
  const { data } = onHost ? gpu.received(result) : await taken(gpu, result);
  copyInto(target.array!.data, data);
  return target;
}

async function taken(gpu: GpuDevice, result: OrtTensor): Promise<HostArray> {
  const array = await gpu.download(result);
  result.dispose();
  return array;
}

const copyInto = (target: TypedArray, source: TypedArray): void =>
  (target as Float32Array).set(source as Float32Array);
