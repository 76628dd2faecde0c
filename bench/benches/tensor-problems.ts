/** Small problems that every tensor library solves from the same numbers (cases/*-tensors.ts, peers/torch_tensors.py). */
import { hashIntegers, hashUniform } from "../weights/index.js";

/** Which operands are stored transposed: NN is A·B, NT is A·Bᵀ, TN is Aᵀ·B. */
export type Layout = "NN" | "NT" | "TN";

export interface GemmProblem {
  readonly problem: "gemm";
  readonly m: number;
  readonly k: number;
  readonly n: number;
  readonly layout: Layout;
}

export type Problem = GemmProblem | { readonly problem: "mlp" | "block" | "add4" };

/** Shared random numbers: uniform, mean 0, seeded by the name. */
export interface Drawn {
  readonly name: string;
  readonly shape: readonly number[];
  readonly std: number;
}

const drawn = (name: string, shape: readonly number[], std: number): Drawn => ({ name, shape, std });

/** ReLU between two layers, softmax cross-entropy, plain gradient descent. */
const MLP = {
  rate: 0.1,
  x: drawn("mlp.x", [128, 784], 1),
  classes: 10,
  parameters: [
    drawn("mlp.w1", [784, 512], 0.05),
    drawn("mlp.b1", [512], 0.05),
    drawn("mlp.w2", [512, 10], 0.05),
    drawn("mlp.b2", [10], 0.05),
  ],
};

const D = 128;

/** x + attention(norm(x)), then x + mlp(norm(x)); causal, exact GELU; the loss is the mean square distance to a target. */
const BLOCK = {
  batch: 8,
  length: 64,
  heads: 4,
  eps: 1e-5,
  x: drawn("block.x", [8, 64, D], 1),
  target: drawn("block.target", [8, 64, D], 1),
  parameters: [
    drawn("block.norm1.gain", [D], 1),
    drawn("block.norm1.bias", [D], 0.1),
    drawn("block.qkv.weight", [D, 3 * D], 0.05),
    drawn("block.qkv.bias", [3 * D], 0.05),
    drawn("block.proj.weight", [D, D], 0.05),
    drawn("block.proj.bias", [D], 0.05),
    drawn("block.norm2.gain", [D], 1),
    drawn("block.norm2.bias", [D], 0.1),
    drawn("block.up.weight", [D, 4 * D], 0.05),
    drawn("block.up.bias", [4 * D], 0.05),
    drawn("block.down.weight", [4 * D, D], 0.05),
    drawn("block.down.bias", [D], 0.05),
  ],
};

export const PROBLEMS = { mlp: MLP, block: BLOCK } as const;

/** Steps of the MLP whose losses are compared: the first and the last of them. */
export const COMPARED_STEPS = 10;

const sizeOf = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

export const numbersOf = ({ name, shape, std }: Drawn): Float32Array => hashUniform(name, sizeOf(shape), std);

export const mlpTargets = (): Int32Array => hashIntegers("mlp.y", MLP.x.shape[0] ?? 0, MLP.classes);

/** The operands as they are stored. */
export function gemmOperands({ m, k, n, layout }: GemmProblem): { a: Drawn; b: Drawn } {
  return {
    a: drawn("gemm.a", layout === "TN" ? [k, m] : [m, k], 1),
    b: drawn("gemm.b", layout === "NT" ? [n, k] : [k, n], 1),
  };
}

/** Eight elements spread over the product: what the peers compare. */
export const gemmSamples = ({ m, n }: GemmProblem): number[] =>
  Array.from({ length: 8 }, (_, i) => Math.floor((i * (m * n - 1)) / 7));

/** √Σx². */
export const normOf = (values: ArrayLike<number>): number =>
  Math.sqrt(Array.from(values).reduce((sum, v) => sum + v * v, 0));
