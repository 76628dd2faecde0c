import { runtime, type Engine } from "../../engine/index.js";
import { capture, HostStorage, placeholder, type Tensor } from "../../graph/index.js";
import { matmul, neg } from "../../ops/index.js";
import { hostArray, sizeOf } from "../../tensor/index.js";

/** What a machine can do at best with an engine, measured. */
export interface MachinePeaks {
  /** Billions of operations a second in a product of two 1024 × 1024 matrices. */
  readonly gflops: number;
  /** Billions of bytes a second read and written, negating 16 million numbers in place. */
  readonly gbps: number;
}

const SIDE = 1024;
const LENGTH = 2 ** 24;
const TRIES = 8;

const measured = new WeakMap<Engine, Promise<MachinePeaks>>();

/**
 * The machine's peaks with the engine in use: the best of a few runs of a large product and a large
 * copy. Takes about a second, once for each engine.
 *
 * @source Williams, Waterman and Patterson 2009, "Roofline"
 */
export function measureMachine(engine = runtime().engine): Promise<MachinePeaks> {
  let peaks = measured.get(engine);
  if (!peaks) {
    peaks = measure(engine);
    measured.set(engine, peaks);
    peaks.catch(() => measured.delete(engine));
  }
  return peaks;
}

async function measure(engine: Engine): Promise<MachinePeaks> {
  const square = placeholder([SIDE, SIDE]);
  const line = placeholder([LENGTH]);
  const product = await bestMs(engine, matmul(square, square), square);
  const copy = await bestMs(engine, neg(line), line);
  return { gflops: (2 * SIDE ** 3) / product / 1e6, gbps: (2 * 4 * LENGTH) / copy / 1e6 };
}

async function bestMs(engine: Engine, output: Tensor, input: Tensor): Promise<number> {
  // In place where shapes allow it, so that getting new memory is not part of the time.
  const overwrites = sizeOf(output.shape) === LENGTH ? [input] : [];
  const program = await engine.compile(capture([output], { inputs: [input], overwrites }));
  const ones = new Float32Array(sizeOf(input.shape)).fill(1);
  const values = new HostStorage(hostArray(ones, input.shape));
  let best = Infinity;
  for (let i = 0; i < TRIES; i++) {
    const start = performance.now();
    await program.run([values]);
    if (i > 0) best = Math.min(best, performance.now() - start);
  }
  return best;
}
