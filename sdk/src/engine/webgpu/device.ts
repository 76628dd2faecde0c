import type { InferenceSession, Tensor as OrtTensor } from "onnxruntime-node";
import { HostStorage, type Storage } from "../../graph/index.js";
import { sizeOf, type DType, type HostArray, type TypedArray } from "../../tensor/index.js";
import { silenceTelemetry } from "../native/environment.js";
import { passedAs } from "../onnx/binding.js";
import { OnnxModel } from "../onnx/model.js";
import { Collector } from "./collect.js";
import { prepareDriver } from "./driver.js";
import { translateGpuFailure } from "./failure.js";
import { makeWait } from "./wait.js";
import { GpuAccounts, GpuStorage } from "./storage.js";

type OrtModule = typeof import("onnxruntime-node");

/** Element types of which the library can make a value in the GPU's memory. */
const RESIDENT: ReadonlySet<DType> = new Set([
  "float32",
  "float16",
  "int32",
  "uint32",
  "int64",
  "uint8",
  "bool",
]);

/** Whether values of a type can stay on the device between runs; others pass through the host. */
export const canReside = (dtype: DType): boolean => RESIDENT.has(dtype);

export type Location = "gpu-buffer" | "cpu";

/** Stands for the length in the programs that copy values; any length may be fed. */
const LENGTH = 999_983;

/** Bytes moved between host and device, for tests and reports. */
export interface Traffic {
  readonly uploads: number;
  readonly uploadedBytes: number;
  readonly downloads: number;
  readonly downloadedBytes: number;
}

/** The GPU of this process: its sessions, the values on it, and the way there and back. */
export class GpuDevice {
  readonly accounts = new GpuAccounts();
  readonly collector = new Collector(this.accounts, () => this.wait());
  readonly traffic = { uploads: 0, uploadedBytes: 0, downloads: 0, downloadedBytes: 0 };
  readonly #copies = new Map<string, Promise<InferenceSession>>();

  private constructor(
    readonly ort: OrtModule,
    /** Blocks until the GPU is idle, and lets the library take back what was freed. */
    readonly wait: () => void,
  ) {
    // A driver whose threads still work while the process ends would bring it down.
    process.once("exit", wait);
  }

  static #opened: Promise<GpuDevice> | undefined;

  /** The one GPU of this process; the first call that succeeds decides on the driver. */
  static open(driver?: string): Promise<GpuDevice> {
    GpuDevice.#opened ??= GpuDevice.#start(driver).catch((error: unknown) => {
      GpuDevice.#opened = undefined;
      throw error;
    });
    return GpuDevice.#opened;
  }

  static async #start(driver?: string): Promise<GpuDevice> {
    await silenceTelemetry();
    await prepareDriver(driver);
    try {
      return new GpuDevice(await import("onnxruntime-node"), await makeWait());
    } catch (error) {
      throw translateGpuFailure(error);
    }
  }

  async session(
    bytes: Uint8Array,
    locations: Readonly<Record<string, Location>>,
    cpuNodes: readonly string[] = [],
  ): Promise<InferenceSession> {
    try {
      return await this.ort.InferenceSession.create(bytes, {
        executionProviders: [webgpu(cpuNodes)],
        graphOptimizationLevel: "disabled",
        preferredOutputLocation: { ...locations },
        // The few operators that fall to the CPU need no pool of threads for each session.
        intraOpNumThreads: 1,
        logSeverityLevel: 4,
      });
    } catch (error) {
      throw translateGpuFailure(error);
    }
  }

  async run(
    session: InferenceSession,
    feeds: InferenceSession.FeedsType,
  ): Promise<Readonly<Record<string, OrtTensor>>> {
    try {
      return await session.run(feeds);
    } catch (error) {
      throw translateGpuFailure(error);
    }
  }

  /** Values copied to the device; those of types it cannot hold stay where they are. */
  async upload(array: HostArray): Promise<Storage> {
    if (!canReside(array.dtype) || sizeOf(array.shape) === 0) return new HostStorage(array);
    const session = await this.#copy(array.dtype, array.shape.length, "gpu-buffer");
    const { y } = await this.run(session, { x: this.feed(array) });
    return this.adopt(y);
  }

  /** A host array as the library takes it: copied when the program runs. */
  feed({ dtype, data, shape }: HostArray): OrtTensor {
    this.traffic.uploads++;
    this.traffic.uploadedBytes += data.byteLength;
    return new this.ort.Tensor(passedAs(dtype) as "float32", outward(data, dtype) as Float32Array, shape);
  }

  /** A result on the device, owned by us from here on. */
  adopt(tensor: OrtTensor): GpuStorage {
    return new GpuStorage(tensor, this.accounts, (resident) => this.download(resident));
  }

  /** `getData()` of the library ends the process, so values come back as the result of a program. */
  async download(tensor: OrtTensor): Promise<HostArray> {
    const session = await this.#copy(tensor.type as DType, tensor.dims.length, "cpu");
    const { y } = await this.run(session, { x: tensor });
    this.collector.hasRead();
    return this.received(y);
  }

  /** A result that arrived on the host. */
  received({ type, dims, data }: OrtTensor): HostArray {
    const dtype = type as DType;
    const array = { dtype, shape: [...dims], data: inward(data as TypedArray, dtype) };
    this.traffic.downloads++;
    this.traffic.downloadedBytes += array.data.byteLength;
    return array;
  }

  /** The program that copies values of a type and rank there (or back), made once. */
  #copy(dtype: DType, rank: number, location: Location): Promise<InferenceSession> {
    const key = `${dtype} ${rank} ${location}`;
    const known = this.#copies.get(key);
    if (known) return known;
    const shape = Array.from({ length: rank }, (_, axis) => LENGTH + axis);
    const model = new OnnxModel(Object.fromEntries(shape.map((size, axis) => [`d${axis}`, size])));
    const [y] = model.node("Identity", [model.input("x", dtype, shape)], { outputs: ["y"] });
    model.output(y, dtype, shape);
    const session = this.session(model.finish(), { y: location });
    this.#copies.set(key, session);
    return session;
  }
}

/** The provider's options; it takes no empty list. */
const webgpu = (cpuNodes: readonly string[]): InferenceSession.WebGpuExecutionProviderOption => ({
  name: "webgpu",
  ...(cpuNodes.length > 0 ? { forceCpuNodeNames: cpuNodes } : {}),
});

/** Half floats are bits in a Uint16Array with us; where Node has a Float16Array, the library wants that. */
const Half = (globalThis as { Float16Array?: typeof Uint16Array }).Float16Array;

const outward = (data: TypedArray, dtype: DType): TypedArray =>
  Half && dtype === "float16" ? new Half(data.buffer, data.byteOffset, data.length) : data;

const inward = (data: TypedArray, dtype: DType): TypedArray =>
  Half && dtype === "float16" ? new Uint16Array(data.buffer, data.byteOffset, data.length) : data;
