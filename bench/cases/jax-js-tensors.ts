/** jax-js as a resident peer of the tensor problems: its wasm backend, every step under jit(). */
import {
  COMPARED_STEPS,
  gemmOperands,
  gemmSamples,
  mlpTargets,
  normOf,
  numbersOf,
  PROBLEMS,
  type Drawn,
  type GemmProblem,
  type Problem,
} from "../benches/tensor-problems.js";
import { versionOf } from "./installed.js";
import { serveTensors, type Prepared } from "./serve-tensors.js";

/** An array is used up by the call that takes it; `ref` keeps it for one more. */
interface Arr {
  readonly ref: Arr;
  add(other: Arr | number): Arr;
  sub(other: Arr | number): Arr;
  mul(other: Arr | number): Arr;
  sum(): Arr;
  mean(): Arr;
  transpose(axes?: readonly number[]): Arr;
  reshape(shape: readonly number[]): Arr;
  slice(...index: readonly (number | readonly number[])[]): Arr;
  blockUntilReady(): Promise<Arr>;
  data(): Promise<Float32Array>;
  dispose(): void;
}

type Loss = (parameters: Arr[], ...data: Arr[]) => Arr;
type LossAndGradients = (parameters: Arr[], ...data: Arr[]) => [Arr, Arr[]];
type Jit = <F>(fn: F) => F & { dispose(): void };

/** The part of the library that is used; it is installed on demand, so its own types may be missing. */
interface Library {
  readonly numpy: {
    array(data: Float32Array, options: { shape: readonly number[] }): Arr;
    matmul(a: Arr, b: Arr): Arr;
    square(x: Arr): Arr;
  };
  readonly nn: {
    relu(x: Arr): Arr;
    gelu(x: Arr, options: { approximate: boolean }): Arr;
    logSoftmax(x: Arr): Arr;
    standardize(x: Arr, axis: number, options: { epsilon: number }): Arr;
    softmax(x: Arr, axis: number): Arr;
  };
  readonly jit: Jit;
  valueAndGrad(loss: Loss): LossAndGradients;
  defaultDevice(device: string): void;
}

const NAME = "@jax-js/jax";
const jax = (await import(NAME)) as Library;
const { numpy: np, nn } = jax;
jax.defaultDevice("wasm");

const given = (what: Drawn): Arr => np.array(numbersOf(what), { shape: what.shape });
const keep = (arrays: readonly Arr[]): Arr[] => arrays.map((a) => a.ref);
const disposeAll = (arrays: readonly Arr[]): void => arrays.forEach((a) => a.dispose());

function gemm(problem: GemmProblem): Prepared {
  const { a, b } = gemmOperands(problem);
  const [x, y] = [given(a), given(b)];
  const product = (): Arr =>
    np.matmul(
      problem.layout === "TN" ? x.ref.transpose() : x.ref,
      problem.layout === "NT" ? y.ref.transpose() : y.ref,
    );
  const step = async (): Promise<void> => {
    const result = product();
    await result.blockUntilReady();
    result.dispose();
  };
  const values = async (): Promise<number[]> => {
    const result = await product().data();
    return gemmSamples(problem).map((i) => result[i]);
  };
  return { step, values, dispose: () => disposeAll([x, y]) };
}

/** Weight of the true class of every row, 0 elsewhere. */
function oneHotTargets(): Arr {
  const { classes } = PROBLEMS.mlp;
  const targets = mlpTargets();
  const rows = new Float32Array(targets.length * classes);
  targets.forEach((target, i) => (rows[i * classes + target] = 1));
  return np.array(rows, { shape: [targets.length, classes] });
}

const mlpLoss: Loss = ([w1, b1, w2, b2], x, y) => {
  const hidden = nn.relu(np.matmul(x, w1).add(b1));
  const logits = np.matmul(hidden, w2).add(b2);
  return nn
    .logSoftmax(logits)
    .mul(y)
    .sum()
    .mul(-1 / mlpTargets().length);
};

function mlp(): Prepared {
  const { x, parameters, rate } = PROBLEMS.mlp;
  const [input, labels] = [given(x), oneHotTargets()];
  let trained = parameters.map(given);
  const update = jax.jit((weights: Arr[], p: Arr, q: Arr): [Arr, Arr[]] => {
    const [loss, gradients] = jax.valueAndGrad(mlpLoss)(keep(weights), p, q);
    return [loss, weights.map((w, i) => w.sub(gradients[i].mul(rate)))];
  });
  const step = async (): Promise<number> => {
    const [loss, next] = update(trained, input.ref, labels.ref);
    trained = next;
    return (await loss.data())[0];
  };
  const values = async (): Promise<number[]> => {
    const losses: number[] = [];
    for (let k = 0; k < COMPARED_STEPS; k++) losses.push(await step());
    const weights = await Promise.all(trained.map((w) => w.ref.data()));
    return [losses[0], losses[losses.length - 1], ...weights.map(normOf)];
  };
  return { step, values, dispose: () => disposeAll([...trained, input, labels]) };
}

/** 0 where a query may look, −1e9 at later keys. */
function causalMask(length: number): Arr {
  const rows = new Float32Array(length * length);
  for (let q = 0; q < length; q++) rows.fill(-1e9, q * length + q + 1, (q + 1) * length);
  return np.array(rows, { shape: [1, 1, length, length] });
}

/** Written out: nn.dotProductAttention goes through an einsum that needs Node.js 22. */
function attend(joined: Arr, mask: Arr): Arr {
  const { batch, length, heads } = PROBLEMS.block;
  const width = PROBLEMS.block.x.shape[2] / heads;
  const parts = joined.reshape([batch, length, 3, heads, width]).transpose([2, 0, 3, 1, 4]);
  const [q, k, v] = [parts.ref.slice(0), parts.ref.slice(1), parts.slice(2)];
  const scores = np.matmul(q, k.transpose([0, 1, 3, 2])).mul(1 / Math.sqrt(width));
  const seen = np.matmul(nn.softmax(scores.add(mask), -1), v);
  return seen.transpose([0, 2, 1, 3]).reshape([batch * length, heads * width]);
}

const blockLoss: Loss = (parameters, x, target, mask) => {
  const { batch, length, eps } = PROBLEMS.block;
  const [gain1, bias1, qkvW, qkvB, projW, projB, gain2, bias2, upW, upB, downW, downB] = parameters;
  const rowsShape = [batch * length, PROBLEMS.block.x.shape[2]];
  const norm = (y: Arr, gain: Arr, bias: Arr): Arr =>
    nn.standardize(y, -1, { epsilon: eps }).mul(gain).add(bias);
  const rows = x.reshape(rowsShape);
  const joined = np.matmul(norm(rows.ref, gain1, bias1), qkvW).add(qkvB);
  const middle = rows.add(np.matmul(attend(joined, mask), projW).add(projB));
  const up = np.matmul(norm(middle.ref, gain2, bias2), upW).add(upB);
  const out = middle.add(np.matmul(nn.gelu(up, { approximate: false }), downW).add(downB));
  return np.square(out.sub(target.reshape(rowsShape))).mean();
};

function block(): Prepared {
  const { x, target, parameters, length } = PROBLEMS.block;
  const data = [given(x), given(target), causalMask(length)];
  const trained = parameters.map(given);
  const compiled = jax.jit(jax.valueAndGrad(blockLoss));
  const compute = (): [Arr, Arr[]] => compiled(keep(trained), ...keep(data));
  const step = async (): Promise<number> => {
    const [loss, gradients] = compute();
    await Promise.all(gradients.map((g) => g.blockUntilReady()));
    disposeAll(gradients);
    return (await loss.data())[0];
  };
  const values = async (): Promise<number[]> => {
    const [loss, gradients] = compute();
    const numbers = await Promise.all(gradients.map((g) => g.data()));
    return [(await loss.data())[0], ...numbers.map(normOf)];
  };
  return { step, values, dispose: () => disposeAll([...trained, ...data]) };
}

function add4(): Prepared {
  const [a, b] = [Float32Array.of(1, 2, 3, 4), Float32Array.of(10, 20, 30, 40)].map((data) =>
    np.array(data, { shape: [4] }),
  );
  const step = async (): Promise<Float32Array> => a.ref.add(b.ref).data();
  return { step, values: async () => Array.from(await step()), dispose: () => disposeAll([a, b]) };
}

const prepare = (problem: Problem): Prepared =>
  problem.problem === "gemm" ? gemm(problem) : { mlp, block, add4 }[problem.problem]();

await serveTensors({ versions: { [NAME]: versionOf(NAME) }, prepare });
