import assert from "node:assert/strict";
import {
  applyAll,
  capture,
  Random,
  ReferenceEngine,
  sizeOf,
  toNumbers,
  type AnyOp,
  type Engine,
} from "gradlab";
import { leafOf, sampleValues } from "../ops/sample-inputs.js";

type AnySample = ReturnType<AnyOp["samples"]>[number];

const oracle = new ReferenceEngine();

async function runOn(engine: Engine, op: AnyOp, sample: AnySample): Promise<Float64Array[]> {
  const random = new Random(7);
  const inputs = sample.inputs.map((input) => leafOf(input, sampleValues(input, random)));
  const graph = capture(applyAll(op, inputs, sample.attrs), { inputs });
  const program = await engine.compile(graph);
  const results = await program.run(inputs.map((input) => input.storage!));
  return Promise.all(results.map(async (storage) => toNumbers(await storage.read())));
}

/** Fails unless the engine gives what the op's definition gives, on all of its samples. */
export async function computesAsDefined(engine: Engine, op: AnyOp, tolerance = 2e-5): Promise<void> {
  for (const sample of op.samples()) {
    const got = await runOn(engine, op, sample);
    const want = await runOn(oracle, op, sample);
    const specified = specifiedOf(op, sample);
    got.forEach((values, output) =>
      values.forEach((value, i) => {
        const wanted = want[output][i];
        const near = Math.abs(value - wanted) <= tolerance * Math.max(1, Math.abs(wanted));
        assert.ok(
          near || Object.is(value, wanted) || !specified(output, i),
          `${op.name} ${JSON.stringify(sample.attrs)} output ${output}[${i}]: ${value}, defined as ${wanted}`,
        );
      }),
    );
  }
}

/** Which elements an op defines: a cache is unspecified beyond what each sequence has seen. */
function specifiedOf(op: AnyOp, { inputs }: AnySample): (output: number, i: number) => boolean {
  if (op.name !== "cachedAttention") return () => true;
  const [qkv, { shape }, , past] = inputs;
  const perSequence = sizeOf(shape.slice(1));
  return (output, i) => {
    const position = Math.floor(i / shape[3]) % shape[2];
    return output === 0 || position < past.values![Math.floor(i / perSequence)] + qkv.shape[1];
  };
}
