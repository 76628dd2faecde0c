import assert from "node:assert/strict";
import { test } from "node:test";
import {
  attention,
  compile,
  concat,
  crossEntropy,
  fromArray,
  fromNumbers,
  gelu,
  GradlabError,
  grad,
  hessian,
  hessianVectorProduct,
  jacobian,
  jvp,
  layerNorm,
  matmul,
  reshape,
  sigmoid,
  slice,
  softmax,
  tensor,
  valueAndGrad,
  Variable,
  vjp,
  type Tensor,
} from "gradlab";
import { readGolden, type GoldenTensor } from "../nn/golden.js";
import { doubles, filled, near, simplified } from "./values.js";

interface Golden {
  readonly w: GoldenTensor;
  readonly gain: GoldenTensor;
  readonly bias: GoldenTensor;
  readonly targets: readonly number[];
  readonly functions: Readonly<Record<string, Readonly<Record<string, GoldenTensor>>>>;
  readonly scalars: Readonly<Record<string, Readonly<Record<string, GoldenTensor>>>>;
}

const golden = readGolden("transforms.json") as unknown as Golden;
const exact = ({ shape, data }: GoldenTensor): Tensor => fromArray(fromNumbers(data, shape, "float64"));
const [w, gain, bias] = [golden.w, golden.gain, golden.bias].map(exact);
const targets = tensor(golden.targets, { dtype: "int32" });

const heads = (x: Tensor): Tensor => reshape(x, [1, 2, 1, 4]);
const flip = (x: Tensor): Tensor => concat([slice(x, 1, 2), slice(x, 0, 1)]);

const FUNCTIONS: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  softmaxOfProduct: (x) => softmax(matmul(x, w)),
  layerNorm: (x) => layerNorm(x, gain, bias),
  geluTimesSigmoid: (x) => gelu(x).mul(sigmoid(x)),
  causalAttention: (x) => reshape(attention(heads(x), heads(x), heads(x.tanh())), [2, 4]),
};
const SCALARS: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  crossEntropy: (x) => crossEntropy(matmul(x, w), targets),
  normOfNorm: (x) => {
    const y = layerNorm(x, gain, bias);
    return y
      .mul(y)
      .mean()
      .add(x.exp().sum({ axes: -1 }).log().sum());
  },
  sines: (x) => {
    const s = x.sin().mul(flip(x).cos()).sum();
    return s.mul(s);
  },
};

for (const [name, wanted] of Object.entries(golden.functions)) {
  test(`vjp, jvp and jacobian of ${name} are PyTorch's`, async () => {
    const [x, tangent, cotangent] = [wanted.x, wanted.tangent, wanted.cotangent].map(exact);
    const fn = FUNCTIONS[name];
    const [, pullback] = vjp(fn, x);
    const got = await simplified([jvp(fn, [x], [tangent])[1], pullback(cotangent)[0], jacobian(fn)(x)]);
    ["jvp", "vjp", "jacobian"].forEach((what, i) => near(`${name} ${what}`, got[i], wanted[what].data, 1e-9));
    assert.deepEqual(jacobian(fn)(x).shape, wanted.jacobian.shape);
  });
}

for (const [name, wanted] of Object.entries(golden.scalars)) {
  test(`gradient, Hessian and Hessian-vector product of ${name} are PyTorch's`, async () => {
    const [x, vector] = [wanted.x, wanted.vector].map(exact);
    const fn = SCALARS[name];
    const [value, gradient] = valueAndGrad(fn)(x);
    const [hv] = hessianVectorProduct(fn, [x], [vector]);
    const got = await simplified([value, gradient, hv, hessian(fn)(x)]);
    ["value", "gradient", "hvp", "hessian"].forEach((what, i) =>
      near(`${name} ${what}`, got[i], wanted[what].data, 1e-9),
    );
    assert.deepEqual(hessian(fn)(x).shape, wanted.hessian.shape);
  });
}

test("gradients keep the arrangement of records and lists, for one argument or several", async () => {
  const fn = (p: { w: Tensor; rest: Tensor[] }, x: Tensor, power: number): Tensor =>
    p.w.mul(x).add(p.rest[0]).mul(power).sum().add(p.rest[1].sum());
  const p = { w: tensor([2, 3]), rest: [tensor([1]), tensor([4, 5, 6])] };
  const x = tensor([5, 7]);
  const first = grad(fn)(p, x, 10);
  assert.deepEqual([...(await first.w.data())], [50, 70]);
  assert.deepEqual([...(await first.rest[0].data())], [20]);
  assert.deepEqual([...(await first.rest[1].data())], [1, 1, 1]);
  const [value, [by, dx]] = valueAndGrad(fn, { argnums: [0, 1] })(p, x, 10);
  assert.equal(await value.item(), 10 * (10 + 21 + 2) + 15);
  assert.deepEqual([...(await by.w.data())], [50, 70]);
  assert.deepEqual([...(await dx.data())], [20, 30]);
});

test("gradients by an argument are partial, even when arguments are one tensor or depend on another", async () => {
  const product = (a: Tensor, b: Tensor): Tensor => a.mul(b).sum();
  const x = tensor([3, 4]);
  assert.deepEqual([...(await grad(product)(x, x).data())], [3, 4]);
  const twice = x.mul(2);
  const [, [da, db]] = valueAndGrad(product, { argnums: [0, 1] })(x, twice);
  assert.deepEqual([...(await da.data())], [6, 8]);
  assert.deepEqual([...(await db.data())], [3, 4]);
});

test("gradients nest: a derivative inside a function that is itself differentiated", async () => {
  const x = doubles([3], 5);
  const cube = (t: Tensor): Tensor => t.mul(t).mul(t).sum();
  const outer = (t: Tensor): Tensor => grad(cube)(t).mul(t).sum();
  const [got] = await simplified([grad(outer)(x)]);
  const [want] = await simplified([x.mul(x).mul(9)]);
  near("3x³ differentiated", got, want, 1e-12);
});

test("jvp is the transpose of vjp, and moves arguments that the value does not depend on nowhere", async () => {
  const fn = (a: Tensor, _unused: Tensor): { y: Tensor; z: Tensor } => ({ y: matmul(a, w), z: a.exp() });
  const [a, other, da, u, v] = [
    doubles([2, 4], 1),
    doubles([3], 2),
    doubles([2, 4], 3),
    doubles([2, 3], 4),
    doubles([2, 4], 5),
  ];
  const [, tangent] = jvp(fn, [a, other], [da, doubles([3], 6)]);
  const [, pullback] = vjp(fn, a, other);
  const [ga, gother] = pullback({ y: u, z: v });
  const dot = (p: Tensor, q: Tensor): Tensor => p.mul(q).sum();
  const [left, right, none] = await simplified([
    dot(tangent.y, u).add(dot(tangent.z, v)),
    dot(ga, da),
    gother,
  ]);
  near("⟨u, J v⟩ = ⟨Jᵀ u, v⟩", left, right, 1e-12);
  assert.deepEqual([...none], [0, 0, 0]);
});

test("a Hessian-vector product equals differences of the gradient, and works inside compile with Variables", async () => {
  const p = new Variable(
    filled(4, (i) => 0.3 * i - 0.5),
    "p",
  );
  const fn = (t: Tensor): Tensor => t.exp().mul(t.sin()).sum();
  const run = compile((v: Tensor) => hessianVectorProduct(fn, [p], [v])[0]);
  const got = await (await run(tensor([1, -1, 2, 0.5]))).data();
  const values = [...(await p.data())].map(Number);
  // (eˣ sin x)″ = 2 eˣ cos x
  const want = [1, -1, 2, 0.5].map((v, i) => v * 2 * Math.exp(values[i]) * Math.cos(values[i]));
  near("Hv", [...got].map(Number), want, 1e-6);
});

test("what does not fit is refused in words", () => {
  const fn = (x: Tensor): Tensor => x.mul(x);
  const refuses = (run: () => unknown, code: string, text: RegExp): void =>
    assert.throws(run, (error: GradlabError) => error.code === code && text.test(error.message));
  const x = tensor([1, 2, 3]);
  refuses(() => grad(fn)(x), "E_SHAPE", /grad needs a scalar/);
  refuses(() => jvp(fn, [x], [tensor([1])]), "E_SHAPE", /jvp: the tangent is float32\[1\]/);
  refuses(() => vjp(fn, x)[1](tensor([1])), "E_SHAPE", /vjp: the vector/);
  refuses(() => grad((power: number) => x.mul(power).sum())(3), "E_DTYPE", /Tensors were expected/);
  const long = tensor(new Float32Array(1100));
  refuses(() => jacobian(fn)(long), "E_SHAPE", /1100 passes/);
});
