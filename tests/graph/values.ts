import assert from "node:assert/strict";
import {
  capture,
  fromNumbers,
  fromArray,
  hostArray,
  isFed,
  ReferenceEngine,
  Random,
  tensor,
  toNumbers,
  topological,
  type Graph,
  type HostArray,
  type Shape,
  type Tensor,
} from "gradlab";

const oracle = new ReferenceEngine();

async function interpret(graph: Graph): Promise<Float64Array[]> {
  const program = await oracle.compile(graph);
  const results = await program.run(graph.inputs.map((input) => input.storage!));
  return results.map((storage) => toNumbers(storage.array!));
}

/** Values of the simplified graph. */
export const simplified = (tensors: readonly Tensor[]): Promise<Float64Array[]> =>
  interpret(capture(tensors));

/** Values of the graph exactly as it was built, with nothing simplified. */
export function unsimplified(tensors: readonly Tensor[]): Promise<Float64Array[]> {
  const order = topological(tensors, isFed);
  const known = new Map<string, Tensor>();
  const note = (x: Tensor): void => void (isFed(x.node) && known.set(`${x.node.id}.${x.index}`, x));
  order.forEach((node) => node.inputs.forEach(note));
  tensors.forEach(note);
  return interpret({
    inputs: [...known.values()],
    constants: [],
    nodes: order.filter((node) => !isFed(node)),
    outputs: tensors,
    donations: tensors.map(() => undefined),
    symbols: {},
    key: "",
  });
}

/** A float64 leaf of seeded values: keeps the digits that finite differences need. */
export function doubles(shape: Shape, seed: number, low = -1, high = 1): Tensor {
  const random = new Random(seed);
  const size = shape.reduce((product, dim) => product * dim, 1);
  const values = Float64Array.from({ length: size }, () => low + (high - low) * random.uniform());
  return fromArray(fromNumbers(values, shape, "float64"));
}

export const filled = (length: number, f: (i: number) => number): HostArray =>
  hostArray(
    Float32Array.from({ length }, (_, i) => f(i)),
    [length],
  );

export const row = (length: number, f: (i: number) => number): Tensor =>
  tensor(Float32Array.from({ length }, (_, i) => f(i)));

export function near(what: string, got: ArrayLike<number>, want: ArrayLike<number>, tolerance: number): void {
  assert.equal(got.length, want.length, what);
  for (let i = 0; i < want.length; i++) {
    const allowed = tolerance * Math.max(1, Math.abs(want[i]));
    assert.ok(
      Math.abs(got[i] - want[i]) <= allowed || Object.is(got[i], want[i]),
      `${what}[${i}] is ${got[i]}, expected ${want[i]}`,
    );
  }
}

/** How often each op occurs in a graph. */
export function countOps(graph: Graph): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { op } of graph.nodes) counts[op.name] = (counts[op.name] ?? 0) + 1;
  return counts;
}
