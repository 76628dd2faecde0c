import assert from "node:assert/strict";
import { test } from "node:test";
import {
  applyAll,
  capture,
  compile,
  concat,
  createModel,
  crossEntropy,
  customVjp,
  gelu,
  GradlabError,
  grad,
  hasBatchRule,
  isFloat,
  layerNorm,
  matmul,
  OPS,
  Random,
  reshape,
  scan,
  slice,
  sum,
  tensor,
  vmap,
  type AnyOp,
  type Tensor,
} from "gradlab";
import { tokens } from "../engine/dynamic-values.js";
import { countOps, doubles, near, simplified } from "../graph/values.js";
import { leafOf, sampleValues, toDouble, type OpSample } from "../ops/sample-inputs.js";

const SIZE = 5;

/** SIZE different inputs for one operand of a sample; indices stay those that are allowed. */
function examplesOf(input: OpSample["inputs"][number], random: Random): Tensor[] {
  return Array.from({ length: SIZE }, (_, e) => {
    const drawn = sampleValues(input, random);
    const turned = drawn.map((_, i) => drawn[(i + e) % drawn.length]);
    const scaled = drawn.map((value) => value * (1 + e / 4));
    return leafOf(input, !input.values ? drawn : isFloat(input.dtype) ? scaled : turned);
  });
}

const stack = (parts: readonly Tensor[]): Tensor =>
  concat(parts.map((part) => reshape(part, [1, ...part.shape])));

/** Which operands differ between examples: all of them, or one alone. */
const masks = (count: number): boolean[][] => [
  new Array<boolean>(count).fill(true),
  ...(count > 1
    ? Array.from({ length: count }, (_, i) => Array.from({ length: count }, (_, j) => i === j))
    : []),
];

const atOnce: string[] = [];
for (const op of Object.values(OPS) as unknown as AnyOp[]) {
  test(`vmap of ${op.name} equals a stack of single calls`, async () => {
    for (const sample of op.samples().map(toDouble)) {
      if (sample.inputs.length === 0) continue;
      const random = new Random(3);
      const examples = sample.inputs.map((input) => examplesOf(input, random));
      for (const mask of masks(sample.inputs.length)) {
        const args = examples.map((each, i) => (mask[i] ? stack(each) : each[0]));
        const f = vmap((...xs: Tensor[]) => applyAll(op, xs, sample.attrs), {
          inAxes: mask.map((on) => (on ? 0 : null)),
        });
        const got = f(...args);
        const singles = Array.from({ length: SIZE }, (_, e) =>
          applyAll(
            op,
            examples.map((each, i) => each[mask[i] ? e : 0]),
            sample.attrs,
          ),
        );
        const want = got.map((_, output) => stack(singles.map((outputs) => outputs[output])));
        const [values, expected] = [await simplified(got), await simplified(want)];
        expected.forEach((value, i) => near(`${op.name} ${mask.join()} output ${i}`, values[i], value, 1e-9));
        const first = mask.every((on, i) => on === (i === 0));
        if (first && hasBatchRule(op, sample.attrs)) {
          const count = (of: readonly Tensor[]): number => countOps(capture(of))[op.name] ?? 0;
          assert.ok(count(got) - count(args) < SIZE, `${op.name} is computed example by example`);
          atOnce.push(op.name);
        }
      }
    }
  });
}

test("most ops work on the whole batch at once", (t) => {
  const names = new Set(atOnce);
  const others = Object.values(OPS as Readonly<Record<string, AnyOp>>).filter(({ name }) => !names.has(name));
  t.diagnostic(`${names.size} at once; example by example: ${others.map(({ name }) => name).join(", ")}`);
  assert.ok(names.size > 60);
});

interface Weights {
  readonly gain: Tensor;
  readonly up: Tensor;
  readonly down: Tensor;
}
const weights = (): Weights => ({ gain: doubles([4], 1), up: doubles([4, 6], 2), down: doubles([6, 3], 3) });

const lossOf = ({ gain, up, down }: Weights, x: Tensor, target: Tensor): Tensor => {
  const h = gelu(matmul(reshape(layerNorm(x, gain, gain), [1, 4]), up));
  return crossEntropy(matmul(h, down), reshape(target, [1]));
};

test("gradients for each example by one gradient of the batch", async () => {
  const [w, x, y] = [weights(), doubles([SIZE, 4], 4), tensor([0, 2, 1, 1, 0], { dtype: "int32" })];
  const each = vmap(grad(lossOf), { inAxes: [null, 0, 0] })(w, x, y);
  const one = (e: number): Weights =>
    grad(lossOf)(w, reshape(slice(x, e, e + 1), [4]), reshape(slice(y, e, e + 1), []));
  for (const name of ["gain", "up", "down"] as const) {
    assert.deepEqual(each[name].shape, [SIZE, ...w[name].shape]);
    const [got, want] = await simplified([
      each[name],
      stack(Array.from({ length: SIZE }, (_, e) => one(e)[name])),
    ]);
    near(name, got, want, 1e-10);
  }
  // The mean of the examples' gradients is the gradient of the mean loss.
  const mean = (all: Weights): Tensor => vmap(lossOf, { inAxes: [null, 0, 0] })(all, x, y).mean();
  const [total, average] = await simplified([grad(mean)(w).up, each.up.mean({ axes: 0 })]);
  near("mean", total, average, 1e-10);
});

test("vmap nests, differentiates and compiles", async () => {
  const [a, b] = [doubles([3, 4], 1), doubles([2, 4], 2)];
  const dots = vmap((x: Tensor) => vmap((y: Tensor) => x.mul(y).sum())(b))(a);
  const [got, want, slope, plain] = await simplified([
    dots,
    matmul(a, b, { transB: true }),
    grad((x: Tensor) => sum(vmap((row: Tensor) => row.exp().mul(row).sum())(x)))(a),
    grad((x: Tensor) => sum(x.exp().mul(x)))(a),
  ]);
  near("a bᵀ", got, want, 1e-12);
  near("gradient", slope, plain, 1e-12);
  const step = compile((x: Tensor) => vmap((row: Tensor) => row.softmax().max())(x));
  assert.deepEqual(
    (
      await step(
        tensor([
          [0, 0],
          [0, 0],
          [0, 0],
        ]),
      )
    ).shape,
    [3],
  );
});

test("scans and gradients of one's own keep their meaning for each example", async () => {
  const through = customVjp(
    (t: Tensor) => t.sign(),
    (g) => [g],
  );
  const f = (x: Tensor): Tensor =>
    scan((c: Tensor, v: Tensor) => [c.add(v).sin(), []] as const, sum(through(x)), x)[0];
  const x = doubles([SIZE, 3], 8);
  const rows = Array.from({ length: SIZE }, (_, e) => reshape(slice(x, e, e + 1), [3]));
  const [got, want] = await simplified([vmap(grad(f))(x), stack(rows.map((row) => grad(f)(row)))]);
  near("gradients", got, want, 1e-10);
});

test("a language model's losses for each sequence", async () => {
  const model = createModel(
    { model_type: "gpt2", vocab_size: 31, n_embd: 16, n_layer: 1, n_head: 2, n_positions: 16, n_inner: 32 },
    { seed: 1 },
  );
  const [ids, targets] = [tokens([SIZE, 7], 31, 1), tokens([SIZE, 7], 31, 2)];
  const loss = (x: Tensor, y: Tensor): Tensor => model.losses(reshape(x, [1, 7]), reshape(y, [1, 7])).mean();
  const [got, want] = await simplified([
    vmap(loss)(ids, targets),
    reshape(model.losses(ids, targets), [SIZE, 7]).mean({ axes: 1 }),
  ]);
  near("losses", got, want, 1e-6);
  assert.ok((countOps(capture([vmap(loss)(ids, targets)])).attention ?? 0) === 1);
});

test("batches that do not fit are refused in words", () => {
  const refuses = (run: () => unknown, text: RegExp): void =>
    assert.throws(run, (error: GradlabError) => error.code === "E_SHAPE" && text.test(error.message));
  const product = vmap((a: Tensor, b: Tensor) => a.mul(b));
  refuses(() => product(doubles([3, 2], 1), doubles([4, 2], 1)), /same number of examples/);
  refuses(() => product(doubles([3, 2], 1), doubles([], 1)), /same number of examples/);
  refuses(() => vmap((a: Tensor) => a, { inAxes: [null] })(doubles([3], 1)), /no argument holds examples/);
});
