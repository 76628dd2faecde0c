import type { NativeKernel } from "../jit/index.js";
import type { HostArray } from "../../tensor/index.js";

/** A loaded ONNX program. Outputs are written into arrays the caller made. */
export interface OnnxSession {
  run(inputs: readonly HostArray[], outputs: readonly HostArray[]): Promise<void>;
  release(): void;
}

export interface SessionRequest {
  readonly bytes: Uint8Array;
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  /** Operators of our own that the model uses. */
  readonly natives?: readonly NativeKernel[];
  /** Constants that are not in the bytes, by name. The session keeps them alive and reads them in place. */
  readonly borrowing: ReadonlyMap<string, HostArray>;
}

export interface SessionOptions {
  /** Threads of one run. Default: the processors available. */
  readonly threads: number;
  /** Busy waiting between operators: faster on a quiet machine, harmful on a shared one. */
  readonly spinning: boolean;
  /** Rearranges weights once for faster products, at the price of a second copy of them. */
  readonly prepack: boolean;
  /** Where to write the times of every operation when the session ends: a path without its ending. */
  readonly profileTo?: string;
}

/** One way to reach ONNX Runtime. */
export interface SessionFactory {
  readonly name: "c-api" | "binding";
  create(request: SessionRequest, options: SessionOptions): Promise<OnnxSession>;
}
