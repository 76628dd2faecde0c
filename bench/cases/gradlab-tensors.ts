/** gradlab as a resident peer of the tensor problems: compiled, or as a plain loop that builds its graph in every step. */
import {
  OnnxEngine,
  SGD,
  Variable,
  add,
  attention,
  compile,
  crossEntropy,
  evaluate,
  gelu,
  grad,
  hostArray,
  layerNorm,
  matmul,
  mseLoss,
  relu,
  reshape,
  split,
  tensor,
  useEngine,
  type Tensor,
} from "gradlab";
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
import { serveTensors, type Prepared } from "./serve-tensors.js";

interface PeerOptions {
  readonly threads: number;
  /** Machine code made by gradlab, or ONNX Runtime's operators alone. */
  readonly kernels: boolean;
  /** Without compile(). */
  readonly plain: boolean;
  /** Of a product only one element is read: no result is given memory outside the program. */
  readonly inside?: boolean;
}

const given = (what: Drawn): Tensor => tensor(numbersOf(what), { shape: what.shape });
const variables = (parameters: readonly Drawn[]): Variable[] =>
  parameters.map((p) => new Variable(hostArray(numbersOf(p), p.shape), p.name));

function gemm(problem: GemmProblem, inside: boolean): Prepared {
  const { a, b } = gemmOperands(problem);
  const [x, y] = [given(a), given(b)];
  const options = { transA: problem.layout === "TN", transB: problem.layout === "NT" };
  const product = compile((p: Tensor, q: Tensor) => matmul(p, q, options));
  const corner = compile((p: Tensor, q: Tensor) => reshape(matmul(p, q, options), [-1]).at(0));
  const whole = async () => (await product(x, y)).data();
  const step = inside ? async () => (await corner(x, y)).item() : whole;
  const values = async (): Promise<number[]> => {
    const result = await whole();
    return gemmSamples(problem).map((i) => Number(result[i]));
  };
  return { step, values };
}

/** A step in two parts: the graph, and its values. */
interface TwoPart<T> {
  readonly build: () => T;
  readonly run: (built: T) => Promise<number>;
}

/** ms until the step waits for its program: the graph, its gradients and finding the program again. */
function timedBuild<T>({ build, run }: TwoPart<T>): () => Promise<number> {
  return async () => {
    const start = performance.now();
    const running = run(build());
    const spent = performance.now() - start;
    await running;
    return spent;
  };
}

function mlpLoss(x: Tensor, y: Tensor, [w1, b1, w2, b2]: readonly Tensor[]): Tensor {
  const hidden = relu(matmul(x, w1, { bias: b1 }));
  return crossEntropy(matmul(hidden, w2, { bias: b2 }), y);
}

function mlp(plain: boolean): Prepared {
  const { x, parameters, rate: learningRate } = PROBLEMS.mlp;
  const [input, labels] = [given(x), tensor(mlpTargets(), { dtype: "int32" })];
  const trained = variables(parameters);
  const optimizer = new SGD(trained, { learningRate });
  const assigned = (p: Tensor, q: Tensor): Tensor => {
    const loss = mlpLoss(p, q, trained);
    optimizer.assign(grad(loss, trained));
    return loss;
  };
  const build = (): Tensor => {
    optimizer.advance();
    return assigned(input, labels);
  };
  // Loss and new weights in one evaluation; the weights then forget how they were computed.
  const run = async (loss: Tensor): Promise<number> => {
    await evaluate([loss, ...trained]);
    for (const variable of trained) if (variable.storage) variable.load(variable.storage);
    return loss.item();
  };
  const compiled = compile(assigned);
  const replay = async (): Promise<number> => {
    optimizer.advance();
    return (await compiled(input, labels)).item();
  };
  const step = plain ? async () => run(build()) : replay;
  const values = async (): Promise<number[]> => {
    const losses: number[] = [];
    for (let k = 0; k < COMPARED_STEPS; k++) losses.push(await step());
    const weights = await Promise.all(trained.map((v) => v.data()));
    return [
      losses[0] ?? NaN,
      losses.at(-1) ?? NaN,
      ...weights.map((w) => normOf(Float64Array.from(w, Number))),
    ];
  };
  return { step, values, buildMs: timedBuild({ build, run }) };
}

function blockLoss(x: Tensor, target: Tensor, parameters: readonly Tensor[]): Tensor {
  const { batch, length, heads, eps } = PROBLEMS.block;
  const [gain1, bias1, qkvW, qkvB, projW, projB, gain2, bias2, upW, upB, downW, downB] = parameters;
  const width = gain1.shape[0];
  const split4 = (y: Tensor): Tensor => reshape(y, [batch, length, heads, width / heads]);
  const rows = reshape(x, [batch * length, width]);
  const joined = matmul(layerNorm(rows, gain1, bias1, eps), qkvW, { bias: qkvB });
  const [q, k, v] = split(joined, [width, width, width]).map(split4);
  const seen = reshape(attention(q, k, v), [batch * length, width]);
  const middle = add(rows, matmul(seen, projW, { bias: projB }));
  const up = gelu(matmul(layerNorm(middle, gain2, bias2, eps), upW, { bias: upB }));
  const out = add(middle, matmul(up, downW, { bias: downB }));
  return mseLoss(out, reshape(target, [batch * length, width]));
}

function block(plain: boolean): Prepared {
  const { x, target, parameters } = PROBLEMS.block;
  const [input, wanted] = [given(x), given(target)];
  const trained = variables(parameters);
  const lossAndGradients = (p: Tensor, q: Tensor): Tensor[] => {
    const loss = blockLoss(p, q, trained);
    return [loss, ...grad(loss, trained)];
  };
  const build = (): Tensor[] => lossAndGradients(input, wanted);
  const run = async (built: readonly Tensor[]): Promise<number> => {
    await evaluate(built);
    return built[0].item();
  };
  const compiled = compile(lossAndGradients);
  const step = plain ? async () => run(build()) : async () => run(await compiled(input, wanted));
  const values = async (): Promise<number[]> => {
    const all = plain ? build() : await compiled(input, wanted);
    await evaluate(all);
    const data = await Promise.all(all.map((t) => t.data()));
    const [loss, ...gradients] = data.map((d) => Float64Array.from(d, Number));
    return [loss[0], ...gradients.map(normOf)];
  };
  return { step, values, buildMs: timedBuild({ build, run }) };
}

function add4(plain: boolean): Prepared {
  const [a, b] = [tensor([1, 2, 3, 4]), tensor([10, 20, 30, 40])];
  const compiled = compile((p: Tensor, q: Tensor) => add(p, q));
  const step = plain ? async () => add(a, b).data() : async () => (await compiled(a, b)).data();
  return { step, values: async () => Array.from(await step(), Number) };
}

function prepare(problem: Problem, { plain, inside = false }: PeerOptions): Prepared {
  if (problem.problem === "gemm") return gemm(problem, inside);
  return { mlp, block, add4 }[problem.problem](plain);
}

const options = JSON.parse(process.argv[2] ?? "{}") as PeerOptions;
const { threads, kernels } = options;
useEngine(new OnnxEngine({ threads, spinning: true, kernels }));
await serveTensors({
  versions: { "onnxruntime-node": "1.30.0" },
  prepare: (problem) => prepare(problem, options),
});
