import assert from "node:assert/strict";
import { test } from "node:test";
import {
  applyAll,
  capture,
  OnnxEngine,
  OPS,
  Random,
  ReferenceEngine,
  toNumbers,
  type AnyOp,
  type Engine,
} from "gradlab";
import { leafOf, sampleValues } from "../ops/sample-inputs.js";

const ENGINES: readonly Engine[] = [new OnnxEngine({ via: "c-api" }), new OnnxEngine({ via: "binding" })];
const oracle = new ReferenceEngine();

async function runOn(
  engine: Engine,
  op: AnyOp,
  sample: ReturnType<AnyOp["samples"]>[number],
): Promise<Float64Array[]> {
  const random = new Random(7);
  const inputs = sample.inputs.map((input) => leafOf(input, sampleValues(input, random)));
  const graph = capture(applyAll(op, inputs, sample.attrs), { inputs });
  const program = await engine.compile(graph);
  const results = await program.run(inputs.map((input) => input.storage!));
  return results.map((storage) => toNumbers(storage.array!));
}

for (const engine of ENGINES) {
  for (const op of Object.values(OPS) as unknown as AnyOp[]) {
    test(`${engine.name} (${(engine as OnnxEngine).options.via}) computes ${op.name} as its definition does`, async () => {
      for (const sample of op.samples()) {
        const got = await runOn(engine, op, sample);
        const want = await runOn(oracle, op, sample);
        got.forEach((values, output) =>
          values.forEach((value, i) => {
            const tolerance = 2e-5 * Math.max(1, Math.abs(want[output][i]));
            assert.ok(
              Math.abs(value - want[output][i]) <= tolerance || Object.is(value, want[output][i]),
              `${op.name} ${JSON.stringify(sample.attrs)} output ${output}[${i}]: ${value}, defined as ${want[output][i]}`,
            );
          }),
        );
      }
    });
  }
}
