import { apply, defineOp, specText, Tensor, type Spec } from "../graph/index.js";
import { GradlabError } from "../errors.js";
import { sameShape, sizeOf, type Shape } from "../tensor/index.js";
import { broadcastIndex, requireSameDType, sumTo } from "./broadcast.js";
import { reshape } from "./reshape.js";

type MatmulAttrs = { readonly transA: boolean; readonly transB: boolean; readonly alpha: number };

export interface MatmulOptions {
  /** Read a with its last two axes swapped. Default false. */
  readonly transA?: boolean;
  /** Read b with its last two axes swapped. Default false. */
  readonly transB?: boolean;
  /** Factor of the product (not of the bias). Default 1. */
  readonly alpha?: number;
  /** Row added to every row of the result, [N]; added behind the factor. */
  readonly bias?: Tensor;
}

/** M, K, N of one product. */
function sizes(
  a: Spec,
  b: Spec,
  { transA, transB }: MatmulAttrs,
): { m: number; k: number; kb: number; n: number } {
  const [a0, a1] = a.shape.slice(-2);
  const [b0, b1] = b.shape.slice(-2);
  return { m: transA ? a1 : a0, k: transA ? a0 : a1, kb: transB ? b1 : b0, n: transB ? b0 : b1 };
}

/** alpha · A · B (+ bias) over batch axes that broadcast, either operand transposed on the fly. */
export const matmulOp = defineOp<MatmulAttrs>({
  name: "matmul",
  doc: "alpha · A · B (+ bias), over batch axes that broadcast.",
  traits: ["contraction", "linear"],
  flops: ([a, b, bias], [y], attrs) => (2 * sizes(a, b, attrs).k + (bias ? 1 : 0)) * sizeOf(y.shape),
  defaults: { transA: false, transB: false, alpha: 1 },
  shape: ([a, b, bias], attrs) => {
    const dtype = requireSameDType("matmul", [a, b]);
    const fail = (why: string): never => {
      throw new GradlabError(
        "E_SHAPE",
        `matmul: cannot contract ${specText(a)} with ${specText(b)} (${why}).`,
        {
          hint: "The last axis of a must equal the second-last of b; transposing one of them may be what you want.",
          details: { a: a.shape, b: b.shape, ...attrs },
        },
      );
    };
    if (Math.min(a.shape.length, b.shape.length) < 2) fail("both need at least two axes");
    const { m, k, kb, n } = sizes(a, b, attrs);
    if (k !== kb) fail(`${k} ≠ ${kb}`);
    const batch = batchShape(a.shape, b.shape) ?? fail("the batch axes do not broadcast");
    if (bias && !sameShape(bias.shape, [n])) fail(`the bias is ${specText(bias)}, not [${n}]`);
    return [{ shape: [...batch, m, n], dtype }];
  },
  vjp: ({ inputs: [a, b, bias], grads: [g], attrs: { transA, transB, alpha }, need }) => {
    if (!g) return [];
    const da = (): Tensor => {
      const slope = transA
        ? matmul(b, g, { transA: transB, transB: true, alpha })
        : matmul(g, b, { transB: !transB, alpha });
      return sumTo(slope, a.shape);
    };
    const db = (): Tensor => {
      // A shared right operand sees all batches as rows of one product.
      const shared = b.rank === 2 && a.rank > 2 && !transA;
      const [left, right] = shared ? [rowsOf(a), rowsOf(g)] : [a, g];
      const slope = transB
        ? matmul(right, left, { transA: true, transB: transA, alpha })
        : matmul(left, right, { transA: !transA, alpha });
      return sumTo(slope, b.shape);
    };
    const dbias = (): Tensor => sumTo(g, bias.shape);
    return [need[0] ? da() : undefined, need[1] ? db() : undefined, need[2] ? dbias() : undefined];
  },
  reference: ([a, b, bias], attrs, [out]) => {
    const { m, k, n } = sizes(a, b, attrs);
    const { transA, transB, alpha } = attrs;
    const batches = out.shape.slice(0, -2);
    const [left, right] = [a, b].map(({ shape }) => broadcastIndex(batches, shape.slice(0, -2)));
    const y = new Float64Array(sizeOf(out.shape));
    for (let batch = 0; batch < y.length / (m * n); batch++) {
      for (let i = 0; i < m; i++) {
        for (let j = 0; j < n; j++) {
          let total = 0;
          for (let p = 0; p < k; p++) {
            const x = a.data[left[batch] * m * k + (transA ? p * m + i : i * k + p)];
            total += x * b.data[right[batch] * k * n + (transB ? j * k + p : p * n + j)];
          }
          y[(batch * m + i) * n + j] = alpha * total + (bias ? bias.data[j] : 0);
        }
      }
    }
    return [y];
  },
  samples: () => [
    sample([2, 3], [3, 4], {}),
    sample([3, 2], [3, 4], { transA: true, alpha: 0.5 }),
    sample([2, 3], [4, 3], { transB: true }),
    sample([3, 2], [4, 3], { transA: true, transB: true }),
    sample([2, 2, 3, 2], [2, 2, 4, 2], { transB: true, alpha: 0.5 }),
    sample([2, 3, 2], [2, 3, 4], { transA: true }),
    sample([2, 3, 2], [2, 4], {}),
    sample([3, 2], [2, 2, 4], {}),
    sample([2, 1, 3, 2], [3, 2, 4], { alpha: 0.5 }),
    sample([2, 2, 3], [2, 4], { transA: true }),
    sample([2, 2, 3], [4, 1, 4, 2], { transA: true, transB: true }),
    sample([2, 3, 2], [4, 2], { transB: true, alpha: 0.5 }, [4]),
    sample([2, 3], [3, 4], {}, [4]),
    sample([2, 3], [4, 3], { transB: true, alpha: 2 }, [4]),
  ],
  absorbScale: (attrs, factor, inputCount) =>
    inputCount > 2 ? undefined : { ...attrs, alpha: attrs.alpha * factor },
});

function sample(
  a: readonly number[],
  b: readonly number[],
  attrs: Partial<MatmulAttrs>,
  bias?: readonly number[],
) {
  const inputs = [a, b, ...(bias ? [bias] : [])].map((shape) => ({ shape, dtype: "float32" as const }));
  return { inputs, attrs: { transA: false, transB: false, alpha: 1, ...attrs } };
}

/** The axes before the matrices, broadcast; undefined where they do not. */
function batchShape(a: Shape, b: Shape): number[] | undefined {
  const rank = Math.max(a.length, b.length) - 2;
  const dims = [a, b].map((shape) => [
    ...new Array<number>(rank - shape.length + 2).fill(1),
    ...shape.slice(0, -2),
  ]);
  const fits = dims[0].every((dim, i) => dim === dims[1][i] || dim === 1 || dims[1][i] === 1);
  return fits ? dims[0].map((dim, i) => (dim === 1 ? dims[1][i] : dim)) : undefined;
}

const rowsOf = (x: Tensor): Tensor => reshape(x, [-1, x.shape[x.rank - 1]]);

/**
 * Matrix product over the last two axes: y = alpha · A · B (+ bias).
 *
 * The axes before the last two broadcast by NumPy's rules; a 2-D right operand serves every batch of a and is the
 * fastest of them.
 *
 * @param a  […, M, K] (or […, K, M] with transA)
 * @param b  […, K, N] (or […, N, K] with transB)
 * @returns  […, M, N]
 * @throws E_SHAPE with both full shapes
 * @cost 2·M·K·N flop for each batch
 * @example tensor([[1, 2]]).matmul(tensor([[3], [4]])) // [[11]]
 */
export function matmul(a: Tensor, b: Tensor, options: MatmulOptions = {}): Tensor {
  const { transA = false, transB = false, alpha = 1, bias } = options;
  const attrs = { transA, transB, alpha };
  return apply(matmulOp, bias ? [a, b, bias] : [a, b], attrs);
}

declare module "../graph/tensor.js" {
  interface Tensor {
    /** Matrix product over the last two axes. */
    matmul(other: Tensor, options?: MatmulOptions): Tensor;
  }
}
Tensor.prototype.matmul = function (this: Tensor, other: Tensor, options?: MatmulOptions) {
  return matmul(this, other, options);
};
