import assert from "node:assert/strict";
import {
  Random,
  tensor,
  traceGraph,
  type DynamicOptions,
  type Engine,
  type Graph,
  type HostArray,
  type Tensor,
} from "gradlab";

export type Fn = (...args: Tensor[]) => Tensor | readonly Tensor[];

/** Random float32 values, the same for the same shape and seed. */
export function values(shape: readonly number[], seed = 1): Tensor {
  const random = new Random(seed);
  const size = shape.reduce((product, dim) => product * dim, 1);
  return tensor(
    Float32Array.from({ length: size }, () => 2 * random.uniform() - 1),
    { shape },
  );
}

/** Token ids below a bound. */
export function tokens(shape: readonly number[], bound: number, seed = 1): Tensor {
  const random = new Random(seed);
  const size = shape.reduce((product, dim) => product * dim, 1);
  return tensor(
    Int32Array.from({ length: size }, () => Math.floor(random.uniform() * bound)),
    { shape },
  );
}

async function runGraph(engine: Engine, graph: Graph, args: Tensor[]): Promise<HostArray[]> {
  const program = await engine.compile(graph);
  const others = graph.inputs.slice(args.length);
  const results = await program.run([...args, ...others].map((input) => input.storage!));
  return Promise.all(results.map((storage) => engine.download(storage)));
}

/** One program for all sizes against a program for each: equal, bit by bit, or within `tolerance`. */
export async function assertSameForAllSizes(
  engine: Engine,
  fn: Fn,
  calls: readonly Tensor[][],
  options: DynamicOptions,
  tolerance = 0,
): Promise<void> {
  const dynamic = await traceGraph(fn, calls[0], options);
  assert.ok(dynamic.traces, "nothing is symbolic");
  for (const args of calls) {
    const got = await runGraph(engine, dynamic, args);
    const want = await runGraph(engine, await traceGraph(fn, args), args);
    got.forEach((array, i) => {
      assert.deepEqual(array.shape, want[i].shape);
      if (tolerance === 0) return assert.deepEqual(array.data, want[i].data);
      array.data.forEach((value, j) => {
        const wanted = Number(want[i].data[j]);
        const error = Math.abs(Number(value) - wanted);
        assert.ok(
          error <= tolerance * Math.max(1, Math.abs(wanted)),
          `output ${i}[${j}]: ${value}, ${wanted}`,
        );
      });
    });
  }
}
