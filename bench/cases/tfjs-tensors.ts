/** TensorFlow.js as a resident peer of the tensor problems, on its wasm or its plain JavaScript backend. */
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
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
import { benchRoot } from "../harness/index.js";
import { versionOf } from "./installed.js";
import { serveTensors, type Prepared } from "./serve-tensors.js";

interface Tens {
  data(): Promise<Float32Array>;
  dispose(): void;
}

type Shape = readonly number[];

/** The part of the library that is used; it is installed on demand, so its own types may be missing. */
interface Library {
  setBackend(name: string): Promise<boolean>;
  ready(): Promise<void>;
  getBackend(): string;
  tensor(data: Float32Array | Int32Array | number[], shape: Shape, dtype?: "float32" | "int32"): Tens;
  variable(initial: Tens): Tens;
  tidy<T>(fn: () => T): T;
  dispose(tensors: readonly Tens[]): void;
  add(a: Tens, b: Tens | number): Tens;
  sub(a: Tens, b: Tens): Tens;
  mul(a: Tens, b: Tens | number): Tens;
  div(a: Tens, b: Tens | number): Tens;
  sqrt(x: Tens): Tens;
  square(x: Tens): Tens;
  erf(x: Tens): Tens;
  relu(x: Tens): Tens;
  softmax(x: Tens): Tens;
  mean(x: Tens, axis?: number, keepDims?: boolean): Tens;
  matMul(a: Tens, b: Tens, transA?: boolean, transB?: boolean): Tens;
  reshape(x: Tens, shape: Shape): Tens;
  transpose(x: Tens, axes: Shape): Tens;
  split(x: Tens, pieces: number, axis: number): Tens[];
  oneHot(x: Tens, depth: number): Tens;
  variableGrads(loss: () => Tens, by: readonly Tens[]): { value: Tens; grads: Record<string, Tens> };
  readonly train: {
    sgd(rate: number): { minimize(loss: () => Tens, cost: boolean, by: readonly Tens[]): Tens };
  };
  readonly losses: { softmaxCrossEntropy(labels: Tens, logits: Tens): Tens };
}

const [BACKEND = "wasm"] = process.argv.slice(2);
const [NAME, WASM] = ["@tensorflow/tfjs", "@tensorflow/tfjs-backend-wasm"];
const load = createRequire(join(benchRoot, "package.json"));
const tf = load(NAME) as Library;

async function chooseBackend(): Promise<void> {
  if (BACKEND === "wasm") {
    const wasm = load(WASM) as { setWasmPaths(folder: string): void };
    wasm.setWasmPaths(`${dirname(load.resolve(WASM))}/`);
  }
  await tf.setBackend(BACKEND);
  await tf.ready();
  if (tf.getBackend() !== BACKEND) throw new Error(`tfjs chose the backend ${tf.getBackend()}`);
}

const given = ({ shape, ...what }: Drawn): Tens => tf.tensor(numbersOf({ shape, ...what }), shape);
const variables = (parameters: readonly Drawn[]): Tens[] => parameters.map((p) => tf.variable(given(p)));

/** The numbers of a tensor that is not needed afterwards. */
async function spend(x: Tens): Promise<Float32Array> {
  const data = await x.data();
  x.dispose();
  return data;
}

function gemm(problem: GemmProblem): Prepared {
  const { a, b } = gemmOperands(problem);
  const [x, y] = [given(a), given(b)];
  const step = async (): Promise<Float32Array> =>
    spend(tf.matMul(x, y, problem.layout === "TN", problem.layout === "NT"));
  const values = async (): Promise<number[]> => {
    const result = await step();
    return gemmSamples(problem).map((i) => result[i]);
  };
  return { step, values, dispose: () => tf.dispose([x, y]) };
}

function mlp(): Prepared {
  const { x, parameters, rate, classes } = PROBLEMS.mlp;
  const targets = mlpTargets();
  const input = given(x);
  const labels = tf.tidy(() => tf.oneHot(tf.tensor(targets, [targets.length], "int32"), classes));
  const trained = variables(parameters);
  const [w1, b1, w2, b2] = trained;
  const optimizer = tf.train.sgd(rate);
  const loss = (): Tens => {
    const hidden = tf.relu(tf.add(tf.matMul(input, w1), b1));
    return tf.losses.softmaxCrossEntropy(labels, tf.add(tf.matMul(hidden, w2), b2));
  };
  const step = async (): Promise<number> => {
    const cost = tf.tidy(() => optimizer.minimize(loss, true, trained));
    return (await spend(cost))[0];
  };
  const values = async (): Promise<number[]> => {
    const losses: number[] = [];
    for (let k = 0; k < COMPARED_STEPS; k++) losses.push(await step());
    const weights = await Promise.all(trained.map((w) => w.data()));
    return [losses[0], losses[losses.length - 1], ...weights.map(normOf)];
  };
  return { step, values, dispose: () => tf.dispose([...trained, input, labels]) };
}

/** 0 where a query may look, −1e9 at later keys. */
function causalMask(length: number): Tens {
  const rows = new Float32Array(length * length);
  for (let q = 0; q < length; q++) rows.fill(-1e9, q * length + q + 1, (q + 1) * length);
  return tf.tensor(rows, [1, 1, length, length]);
}

function layerNorm(x: Tens, gain: Tens, bias: Tens): Tens {
  const centred = tf.sub(x, tf.mean(x, -1, true));
  const variance = tf.mean(tf.square(centred), -1, true);
  const normed = tf.div(centred, tf.sqrt(tf.add(variance, PROBLEMS.block.eps)));
  return tf.add(tf.mul(normed, gain), bias);
}

const gelu = (x: Tens): Tens => tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1));

function attend(joined: Tens, mask: Tens): Tens {
  const { batch, length, heads } = PROBLEMS.block;
  const width = PROBLEMS.block.x.shape[2];
  const [q, k, v] = tf
    .split(joined, 3, 1)
    .map((part) => tf.transpose(tf.reshape(part, [batch, length, heads, width / heads]), [0, 2, 1, 3]));
  const scores = tf.mul(tf.matMul(q, k, false, true), 1 / Math.sqrt(width / heads));
  const seen = tf.matMul(tf.softmax(tf.add(scores, mask)), v);
  return tf.reshape(tf.transpose(seen, [0, 2, 1, 3]), [batch * length, width]);
}

function block(): Prepared {
  const { x, target, parameters, batch, length } = PROBLEMS.block;
  const rowsShape = [batch * length, x.shape[2]];
  const [input, wanted] = [x, target].map((what) => tf.tensor(numbersOf(what), rowsShape));
  const mask = causalMask(length);
  const trained = variables(parameters);
  const [gain1, bias1, qkvW, qkvB, projW, projB, gain2, bias2, upW, upB, downW, downB] = trained;
  const loss = (): Tens => {
    const joined = tf.add(tf.matMul(layerNorm(input, gain1, bias1), qkvW), qkvB);
    const middle = tf.add(input, tf.add(tf.matMul(attend(joined, mask), projW), projB));
    const up = gelu(tf.add(tf.matMul(layerNorm(middle, gain2, bias2), upW), upB));
    const out = tf.add(middle, tf.add(tf.matMul(up, downW), downB));
    return tf.mean(tf.square(tf.sub(out, wanted)));
  };
  const compute = async (): Promise<{ loss: number; gradients: Tens[] }> => {
    const { value, grads } = tf.variableGrads(loss, trained);
    return { loss: (await spend(value))[0], gradients: Object.values(grads) };
  };
  const step = async (): Promise<number> => {
    const result = await compute();
    tf.dispose(result.gradients);
    return result.loss;
  };
  const values = async (): Promise<number[]> => {
    const result = await compute();
    return [result.loss, ...(await Promise.all(result.gradients.map(spend))).map(normOf)];
  };
  return { step, values, dispose: () => tf.dispose([...trained, input, wanted, mask]) };
}

function add4(): Prepared {
  const [a, b] = [tf.tensor([1, 2, 3, 4], [4]), tf.tensor([10, 20, 30, 40], [4])];
  const step = async (): Promise<Float32Array> => spend(tf.add(a, b));
  return { step, values: async () => Array.from(await step()), dispose: () => tf.dispose([a, b]) };
}

const prepare = (problem: Problem): Prepared =>
  problem.problem === "gemm" ? gemm(problem) : { mlp, block, add4 }[problem.problem]();

await chooseBackend();
await serveTensors({ versions: { [NAME]: versionOf(NAME) }, prepare });
