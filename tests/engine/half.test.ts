import assert from "node:assert/strict";
import { test } from "node:test";
import {
  applyAll,
  capture,
  isFloat,
  OnnxEngine,
  OPS,
  Random,
  ReferenceEngine,
  tensor,
  toNumbers,
  type AnyOp,
  type DType,
  type Engine,
  type Tensor,
} from "gradlab";
import { leafOf, sampleValues } from "../ops/sample-inputs.js";
import { refused } from "../refused.js";

const engine = new OnnxEngine({ via: "c-api", threads: 1 });
const oracle = new ReferenceEngine();

async function computeOn(
  on: Engine,
  outputs: readonly Tensor[],
  inputs: readonly Tensor[],
): Promise<Float64Array[]> {
  const program = await on.compile(capture(outputs, { inputs }));
  const results = await program.run(inputs.map((input) => input.storage!));
  return Promise.all(results.map(async (storage) => toNumbers(await storage.read())));
}

/** The op's first sample with its floats in another dtype, for ops that take some. */
function halved(op: AnyOp, dtype: DType): { inputs: Tensor[]; outputs: Tensor[] } | undefined {
  const [sample] = op.samples();
  if (!sample?.inputs.some((input) => isFloat(input.dtype)) || op.traits.includes("host")) return undefined;
  const random = new Random(7);
  const inputs = sample.inputs.map((input) => {
    const values = sampleValues(input, random);
    return leafOf(isFloat(input.dtype) ? { ...input, dtype } : input, values);
  });
  return { inputs, outputs: applyAll(op, inputs, sample.attrs) };
}

// Results of float32 arithmetic, rounded once: inner steps of composed definitions may round more often.
const TOLERANCE: Partial<Record<DType, number>> = { bfloat16: 2 ** -6, float16: 2 ** -9 };

for (const dtype of ["bfloat16", "float16"] as const) {
  test(`every op takes ${dtype} and gives it back`, async () => {
    let count = 0;
    for (const op of Object.values(OPS) as unknown as AnyOp[]) {
      const built = halved(op, dtype);
      if (!built) continue;
      const { inputs, outputs } = built;
      const want = await computeOn(oracle, outputs, inputs);
      (await computeOn(engine, outputs, inputs)).forEach((values, output) =>
        values.forEach((value, i) => {
          const allowed = TOLERANCE[dtype]! * Math.max(1, Math.abs(want[output][i]));
          assert.ok(
            Math.abs(value - want[output][i]) <= allowed || Object.is(value, want[output][i]),
            `${op.name} output ${output}[${i}] is ${value}, defined as ${want[output][i]}`,
          );
        }),
      );
      count++;
    }
    assert.ok(count > 70, `only ${count} ops were tried`);
  });
}

test("what the library cannot compute in float64 is refused with the lever", async () => {
  const x = tensor([1, 2], { dtype: "float64" });
  const error = await refused("E_DTYPE", () => computeOn(engine, [x.erf()], [x]));
  assert.match(error.message, /erf of float64[^]*cast\("float32"\)/);
  const [exact] = await computeOn(oracle, [x.erf()], [x]);
  assert.ok(Math.abs(exact[0] - 0.8427007929497149) < 1e-15);
});
