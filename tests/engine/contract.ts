import assert from "node:assert/strict";
import {
  applyAll,
  capture,
  GradlabError,
  isFloat,
  OnnxEngine,
  Random,
  ReferenceEngine,
  sizeOf,
  toNumbers,
  type AnyOp,
  type DType,
  type Engine,
} from "gradlab";
import { refused } from "../refused.js";
import { leafOf, sampleValues } from "../ops/sample-inputs.js";

type AnySample = ReturnType<AnyOp["samples"]>[number];

const oracle = new ReferenceEngine();

interface Result {
  readonly dtype: DType;
  readonly values: Float64Array;
}

async function runOn(engine: Engine, op: AnyOp, sample: AnySample): Promise<Result[]> {
  const random = new Random(7);
  const inputs = sample.inputs.map((input) => leafOf(input, sampleValues(input, random)));
  const graph = capture(applyAll(op, inputs, sample.attrs), { inputs });
  const program = await engine.compile(graph);
  const results = await program.run(inputs.map((input) => input.storage!));
  return Promise.all(
    results.map(async (storage) => ({ dtype: storage.dtype, values: toNumbers(await storage.read()) })),
  );
}

/** What rounding an almost equal number to a half float may change. */
const HALF_ULP: Partial<Record<DType, number>> = { float16: 2 ** -10, bfloat16: 2 ** -7 };

/** Fails unless the engine gives what the op's definition gives, on all of its samples. */
export async function computesAsDefined(engine: Engine, op: AnyOp, tolerance = 2e-5): Promise<void> {
  for (const sample of op.samples()) {
    if (op.traits.includes("host")) {
      const error = await refused("E_ENGINE", () => runOn(engine, op, sample));
      assert.match(error.sentence, /runs on the host between programs/);
      continue;
    }
    if (
      !passesBrainFloats(engine) &&
      [...sample.inputs, ...op.shape(sample.inputs, sample.attrs)].some(isBrain)
    ) {
      const error = await refused("E_DTYPE", () => runOn(engine, op, sample));
      assert.match(error.sentence, /cannot pass bfloat16/);
      continue;
    }
    const got = await runOn(engine, op, sample).catch(lacksHalf);
    if (!got) continue;
    const want = await runOn(oracle, op, sample);
    const specified = specifiedOf(op, sample);
    got.forEach(({ dtype, values }, output) =>
      values.forEach((value, i) => {
        const wanted = want[output].values[i];
        const allowed = isFloat(dtype) ? Math.max(tolerance, HALF_ULP[dtype] ?? 0) : 0;
        const near = Math.abs(value - wanted) <= allowed * Math.max(1, Math.abs(wanted));
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

/** A GPU may lack half-precision arithmetic, as long as it says so. */
function lacksHalf(error: unknown): undefined {
  if (!(error instanceof GradlabError && error.sentence === "This GPU has no arithmetic on float16."))
    throw error;
}

const isBrain = ({ dtype }: { readonly dtype: DType }): boolean => dtype === "bfloat16";

const passesBrainFloats = (engine: Engine): boolean =>
  engine instanceof OnnxEngine && engine.options.via === "c-api";
