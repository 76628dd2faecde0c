import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import * as koffi from "koffi";
import { GradlabError } from "../../errors.js";
import type { HostArray, TypedArray } from "../../tensor/index.js";
import { makeCustomOp, type CustomOp, type KernelApi, type NativeKernel } from "../jit/index.js";
import { keepFreedMemory } from "../native/keep-memory.js";
import { KERNEL_FUNCTIONS, ORT_API_VERSION, ORT_FUNCTIONS, type OrtFunctionName } from "../native/ort-api.js";
import { translateFailure } from "./failure.js";
import { ELEMENT_TYPES, KERNEL_DOMAIN } from "./model.js";
import type { OnnxSession, SessionFactory, SessionOptions, SessionRequest } from "./session.js";

type Pointer = bigint;
type NativeFunction = koffi.KoffiFunc<(...args: readonly unknown[]) => unknown>;

let loaded: Ort | undefined;

/** Loads the library that onnxruntime-node carries, once. Throws when this platform has none. */
export function loadOrt(): SessionFactory {
  keepFreedMemory();
  const folder = dirname(createRequire(import.meta.url).resolve("onnxruntime-node/package.json"));
  const name = { linux: "libonnxruntime.so.1", darwin: "libonnxruntime.dylib", win32: "onnxruntime.dll" }[
    process.platform as "linux"
  ];
  const ort = (loaded ??= new Ort(join(folder, "bin", "napi-v6", process.platform, process.arch, name)));
  return {
    name: "c-api",
    create: (request, options) => Promise.resolve(new NativeSession(ort, request, options)),
  };
}

class Ort {
  // Held for the life of the process: were it collected, the code would be unmapped under our feet.
  readonly library: koffi.LibraryHandle;
  readonly call: Readonly<Record<OrtFunctionName, NativeFunction>>;
  readonly env: Pointer;
  readonly #memory: Pointer;
  readonly #kernelApi: KernelApi;
  readonly #customOps = new Map<string, CustomOp>();
  readonly #values = new WeakMap<TypedArray, { pointer: Pointer; shape: string }>();
  readonly #collected = new FinalizationRegistry<Pointer>((pointer) => void this.call.releaseValue(pointer));

  constructor(path: string) {
    this.library = koffi.load(path);
    const base = this.library.func("void* OrtGetApiBase()")() as Pointer;
    const [getApi] = koffi.decode(base, "void*", 1) as Pointer[];
    const api = (koffi.decode(getApi, koffi.proto("void* GetApi(uint32_t version)")) as NativeFunction)(
      ORT_API_VERSION,
    );
    if (!api) throw new GradlabError("E_ENGINE", `ONNX Runtime has no C API version ${ORT_API_VERSION}.`);
    const slots = Object.values(ORT_FUNCTIONS).map(([slot]) => slot);
    const last = Math.max(...slots, ...Object.values(KERNEL_FUNCTIONS));
    const table = koffi.decode(api, "void*", last + 1) as Pointer[];
    const bind = ([name, [slot, signature]]: [string, readonly [number, string]]): [
      string,
      NativeFunction,
    ] => [
      name,
      koffi.decode(table[slot], koffi.proto(signature.replace("F(", `${name}_F(`))) as NativeFunction,
    ];
    this.call = Object.fromEntries(Object.entries(ORT_FUNCTIONS).map(bind)) as Ort["call"];
    this.#kernelApi = Object.fromEntries(
      Object.entries(KERNEL_FUNCTIONS).map(([name, slot]) => [name, BigInt(table[slot])]),
    ) as unknown as KernelApi;
    const severityFatal = 4;
    this.env = this.make((out) => this.call.createEnv(severityFatal, "gradlab", out) as Pointer);
    this.#memory = this.make((out) => this.call.createCpuMemoryInfo(1, 0, out) as Pointer);
    // One arena for all programs: their activations are never needed at the same time.
    this.check(this.call.createAndRegisterAllocator(this.env, this.#memory, null) as Pointer);
  }

  /** A domain of operators for one session; each kernel's code is made once in a process. */
  domainOf(kernels: readonly NativeKernel[]): Pointer {
    const domain = this.make((out) => this.call.createCustomOpDomain(KERNEL_DOMAIN, out) as Pointer);
    for (const kernel of kernels) {
      let op = this.#customOps.get(kernel.name);
      if (!op) {
        op = makeCustomOp(kernel, this.#kernelApi, (data) => koffi.address(data));
        this.#customOps.set(kernel.name, op);
      }
      this.check(this.call.addCustomOp(domain, koffi.address(op.record)) as Pointer);
    }
    return domain;
  }

  /** Throws the message of a failed call. */
  check(status: Pointer | null): void {
    if (!status) return;
    const message = String(this.call.getErrorMessage(status));
    this.call.releaseStatus(status);
    throw translateFailure(message);
  }

  make(create: (out: (Pointer | null)[]) => Pointer | null): Pointer {
    const out: (Pointer | null)[] = [null];
    this.check(create(out));
    return out[0]!;
  }

  /** An OrtValue over the array's own memory; made once for each typed array. */
  valueOf({ data, shape, dtype }: HostArray): Pointer {
    const key = `${dtype}:${shape.join()}`;
    const known = this.#values.get(data);
    if (known?.shape === key) return known.pointer;
    // Reading .buffer moves small arrays off the V8 heap for good; otherwise the collector could move them.
    void data.buffer;
    const dims = BigInt64Array.from(shape, BigInt);
    const type = ELEMENT_TYPES[dtype];
    const pointer = this.make(
      (out) =>
        this.call.createTensorWithData(
          this.#memory,
          data,
          data.byteLength,
          dims,
          shape.length,
          type,
          out,
        ) as Pointer,
    );
    this.#collected.register(data, pointer);
    this.#values.set(data, { pointer, shape: key });
    return pointer;
  }
}

class NativeSession implements OnnxSession {
  #pointer: Pointer;
  #domain: Pointer | undefined;
  /** Held: the session reads these arrays where they are. */
  #borrowed: readonly HostArray[];
  readonly #names: Buffer;
  readonly #inputNames: BigUint64Array;
  readonly #outputNames: BigUint64Array;

  constructor(
    readonly ort: Ort,
    { bytes, inputNames, outputNames, natives = [], borrowing }: SessionRequest,
    { threads, spinning, prepack, profileTo }: SessionOptions,
  ) {
    const { call } = ort;
    const options = ort.make((out) => call.createSessionOptions(out) as Pointer);
    ort.check(call.disableMemPattern(options) as Pointer);
    ort.check(call.setSessionLogSeverityLevel(options, 4) as Pointer);
    // Our own passes have fused and ordered the graph; the library's would undo the memory plan.
    ort.check(call.setGraphOptimizationLevel(options, 0) as Pointer);
    ort.check(call.setIntraOpNumThreads(options, threads) as Pointer);
    if (profileTo !== undefined) ort.check(call.enableProfiling(options, profileTo) as Pointer);
    const configure = (key: string, value: string): void =>
      ort.check(call.addSessionConfigEntry(options, key, value) as Pointer);
    configure("session.intra_op.allow_spinning", spinning ? "1" : "0");
    configure("session.use_env_allocators", "1");
    if (natives.length > 0) {
      this.#domain = ort.domainOf(natives);
      ort.check(call.addCustomOpDomain(options, this.#domain) as Pointer);
    }
    if (!prepack) configure("session.disable_prepacking", "1");
    for (const [name, array] of borrowing)
      ort.check(call.addInitializer(options, name, ort.valueOf(array)) as Pointer);
    this.#borrowed = [...borrowing.values()];
    this.#pointer = ort.make(
      (out) => call.createSessionFromArray(ort.env, bytes, bytes.length, options, out) as Pointer,
    );
    call.releaseSessionOptions(options);
    const names = [...inputNames, ...outputNames];
    this.#names = Buffer.from(names.map((name) => `${name}\0`).join(""), "latin1");
    const start = koffi.address(this.#names);
    let offset = 0n;
    const addresses = names.map((name) => {
      const address = start + offset;
      offset += BigInt(name.length + 1);
      return address;
    });
    this.#inputNames = pinned(addresses.slice(0, inputNames.length));
    this.#outputNames = pinned(addresses.slice(inputNames.length));
  }

  run(inputs: readonly HostArray[], outputs: readonly HostArray[]): Promise<void> {
    const feeds = pinned(inputs.map((array) => this.ort.valueOf(array)));
    const results = pinned(outputs.map((array) => this.ort.valueOf(array)));
    return new Promise((resolve, reject) => {
      const done = (error: unknown, status: unknown): void => {
        // Named here so that nothing the native call reads is collected while it runs.
        void [inputs, outputs, feeds, results, this.#names, this.#borrowed];
        try {
          if (error) throw error as Error;
          this.ort.check(status as Pointer | null);
          resolve();
        } catch (failure) {
          reject(failure);
        }
      };
      this.ort.call.run.async(
        this.#pointer,
        null,
        this.#inputNames,
        feeds,
        feeds.length,
        this.#outputNames,
        results.length,
        results,
        done,
      );
    });
  }

  release(): void {
    if (this.#pointer) this.ort.call.releaseSession(this.#pointer);
    this.#pointer = 0n;
    if (this.#domain) this.ort.call.releaseCustomOpDomain(this.#domain);
    this.#domain = undefined;
    this.#borrowed = [];
  }
}

/** Pointers in memory that does not move. */
function pinned(pointers: readonly Pointer[]): BigUint64Array {
  const array = new BigUint64Array(new ArrayBuffer(Math.max(8 * pointers.length, 128)), 0, pointers.length);
  array.set(pointers);
  return array;
}
