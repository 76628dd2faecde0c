import type { Tensor as OrtTensor } from "onnxruntime-node";
import { GradlabError } from "../../errors.js";
import type { Storage } from "../../graph/index.js";
import { byteSize, sizeOf, type DType, type HostArray, type Shape } from "../../tensor/index.js";

/** Copies a tensor of the device to the host. */
export type Download = (tensor: OrtTensor) => Promise<HostArray>;

/**
 * Values in the GPU's memory. The tensor of the library never leaves this folder: reading it on the CPU,
 * or feeding it to a CPU session, would end the process or give garbage.
 */
export class GpuStorage implements Storage {
  readonly device = "webgpu";
  #tensor: OrtTensor | undefined;
  readonly #slot: Slot;

  constructor(
    tensor: OrtTensor,
    readonly accounts: GpuAccounts,
    readonly download: Download,
    readonly dtype = tensor.type as DType,
    readonly shape: Shape = tensor.dims,
  ) {
    this.#tensor = tensor;
    this.#slot = accounts.open(this, tensor);
  }

  /** The library's tensor. @throws E_ENGINE after `dispose` */
  get tensor(): OrtTensor {
    if (this.#tensor) return this.#tensor;
    throw new GradlabError("E_ENGINE", "Values on the GPU were used after they were disposed of.", {
      hint: "Keep what you still need, or read it to the host before disposing of it.",
    });
  }

  get bytes(): number {
    return sizeOf(this.shape) * byteSize(this.dtype);
  }

  read(): Promise<HostArray> {
    return this.download(this.tensor);
  }

  /** Takes a new value of the same shape; the memory of the old one is freed. */
  replace(tensor: OrtTensor): void {
    const old = this.tensor;
    this.#tensor = this.#slot.tensor = tensor;
    this.accounts.freed += this.#slot.bytes;
    old.dispose();
  }

  /** Frees the GPU's memory now instead of when the garbage collector gets here. */
  dispose(): void {
    if (!this.#tensor) return;
    this.#tensor = undefined;
    this.accounts.close(this.#slot);
  }
}

/** What is left of a storage when it is collected: enough to free its memory. */
interface Slot {
  tensor: OrtTensor;
  readonly bytes: number;
}

/** Bytes of the values alive on the device; frees those of collected storages. */
export class GpuAccounts {
  live = 0;
  peak = 0;
  /** All bytes ever given back. */
  freed = 0;
  readonly #collected = new FinalizationRegistry<Slot>((slot) => this.#free(slot));

  open(storage: GpuStorage, tensor: OrtTensor): Slot {
    const slot = { tensor, bytes: sizeOf(tensor.dims) * byteSize(tensor.type as DType) };
    this.live += slot.bytes;
    this.peak = Math.max(this.peak, this.live);
    this.#collected.register(storage, slot, slot);
    return slot;
  }

  close(slot: Slot): void {
    this.#collected.unregister(slot);
    this.#free(slot);
  }

  #free({ tensor, bytes }: Slot): void {
    this.live -= bytes;
    this.freed += bytes;
    tensor.dispose();
  }
}
