import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import {
  capture,
  fromNumbers,
  OnnxEngine,
  ReferenceEngine,
  tensor,
  toNumbers,
  type Engine,
  type HostArray,
  type Tensor,
} from "gradlab";

export interface GoldenTensor {
  readonly shape: readonly number[];
  readonly data: readonly number[];
}

/** One case of the files that make_golden.py writes from PyTorch. */
export interface GoldenCase {
  readonly attrs?: Readonly<Record<string, never>>;
  readonly inputs: Readonly<Record<string, GoldenTensor>>;
  readonly outputs: Readonly<Record<string, GoldenTensor>>;
  readonly grads: Readonly<Record<string, GoldenTensor>>;
}

export interface GoldenModel extends GoldenCase {
  readonly config: Readonly<Record<string, unknown>>;
  readonly weights: Readonly<Record<string, GoldenTensor>>;
}

/** A golden file without its note on where it came from. */
export function readGolden<T extends GoldenCase = GoldenCase>(name: string): Readonly<Record<string, T>> {
  const file = new URL(`../../golden/${name}`, import.meta.url);
  const { _meta, ...cases } = JSON.parse(readFileSync(file, "utf8")) as Record<string, T>;
  assert.ok(_meta, `${name} does not say how it was made`);
  return cases;
}

export const floats = ({ shape, data }: GoldenTensor): HostArray => fromNumbers(data, shape);

export const leaf = ({ shape, data }: GoldenTensor): Tensor => tensor(Float32Array.from(data), { shape });

export const integers = ({ shape, data }: GoldenTensor): Tensor => tensor(Int32Array.from(data), { shape });

export interface NamedEngine {
  readonly title: string;
  readonly engine: Engine;
  /** Largest error, relative to the largest value of the tensor. */
  readonly tolerance: number;
}

/** The oracle computes in double precision and rounds its results to float32 once. */
export const ENGINES: readonly NamedEngine[] = [
  { title: "reference", engine: new ReferenceEngine(), tolerance: 2e-7 },
  { title: "onnx (c-api)", engine: new OnnxEngine({ via: "c-api", threads: 1 }), tolerance: 1e-5 },
  { title: "onnx (binding)", engine: new OnnxEngine({ via: "binding", threads: 1 }), tolerance: 1e-5 },
];

/** Values on one engine; small graphs too, which the runtime would give to the reference engine. */
export async function computeOn(engine: Engine, tensors: readonly Tensor[]): Promise<Float64Array[]> {
  const graph = capture(tensors);
  const program = await engine.compile(graph);
  const results = await program.run(graph.inputs.map((input) => input.storage!));
  return Promise.all(results.map(async (storage) => toNumbers(await storage.read())));
}

/** Every value within `tolerance` of the golden one, relative to the largest value of the tensor, or within `floor`. */
export function assertClose(
  what: string,
  got: ArrayLike<number>,
  want: ArrayLike<number>,
  tolerance: number,
  floor = 0,
): void {
  assert.equal(got.length, want.length, `${what} has ${got.length} values, not ${want.length}`);
  const largest = Array.from(want).reduce((top, value) => Math.max(top, Math.abs(value)), 0);
  for (let i = 0; i < want.length; i++) {
    const error = Math.abs(got[i] - want[i]);
    assert.ok(
      error <= Math.max(tolerance * largest, floor),
      `${what}[${i}] is ${got[i]}, PyTorch gives ${want[i]} (error ${error})`,
    );
  }
}
