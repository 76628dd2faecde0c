import { apply, defineOp, type OpDefinition, type Sample, type Spec, type Tensor } from "../graph/index.js";
import { GradlabError } from "../errors.js";
import { sizeOf, type Shape } from "../tensor/index.js";
import {
  convolvedShape,
  forEachProduct,
  windowAttrs,
  type ConvAttrs,
  type WindowOptions,
} from "./conv-geometry.js";
import { convInput } from "./conv-input.js";
import { convWeight } from "./conv-weight.js";
import { sum } from "./sum.js";

/**
 * Convolution with filters (cross-correlation, as in all of deep learning). With its two transposes, in the input
 * (convInput) and in the filters (convWeight), it is closed under differentiation: the gradients of each are the others.
 */
export const convOp: OpDefinition<ConvAttrs> = defineOp<ConvAttrs>({
  name: "conv",
  doc: "y[n, o, t] = Σ x[n, c, t·stride + k·dilation − padding] w[o, c, k] + bias[o], in groups of channels.",
  traits: ["contraction", "linear"],
  flops: ([, w, bias], [y]) => sizeOf(y.shape) * (2 * sizeOf(w.shape.slice(1)) + (bias ? 1 : 0)),
  shape: ([x, w, bias], attrs) => {
    const shape = convolvedShape("conv", x, w, attrs);
    if (bias && (bias.shape.length !== 1 || bias.shape[0] !== shape[1])) {
      throw new GradlabError(
        "E_SHAPE",
        `conv: the bias [${bias.shape.join(", ")}] needs shape [${shape[1]}].`,
      );
    }
    return [{ shape, dtype: x.dtype }];
  },
  vjp: ({ inputs: [x, w], grads: [g], attrs, need }) => {
    if (!g) return [];
    const dx = need[0] ? convInput(g, w, x.shape.slice(2), attrs) : undefined;
    const dw = need[1] ? convWeight(x, g, w.shape.slice(2), attrs) : undefined;
    const axes = g.shape.map((_, axis) => axis).filter((axis) => axis !== 1);
    return [dx, dw, need[2] ? sum(g, { axes }) : undefined];
  },
  reference: ([x, w, bias], attrs, [{ shape }]) => {
    const area = sizeOf(shape.slice(2));
    const y = Float64Array.from({ length: sizeOf(shape) }, (_, at) =>
      bias ? bias.data[Math.floor(at / area) % shape[1]] : 0,
    );
    forEachProduct({ x: x.shape, w: w.shape, y: shape }, attrs, (i, j, k) => (y[k] += x.data[i] * w.data[j]));
    return [y];
  },
  samples: () =>
    CONV_SAMPLES.flatMap(({ x, w, attrs }) => {
      const inputs = [x, w].map(floats);
      return [
        { inputs, attrs },
        { inputs: [...inputs, floats([w[0]])], attrs },
      ];
    }),
});

const floats = (shape: Shape): Spec => ({ shape, dtype: "float32" });

/** Every way the axes, strides, paddings, dilations and groups enter; shared with the two transposes. */
export const CONV_SAMPLES: readonly { readonly x: Shape; readonly w: Shape; readonly attrs: ConvAttrs }[] = [
  { x: [2, 3, 5], w: [4, 3, 3], attrs: { stride: [1], padding: [1, 1], dilation: [1], groups: 1 } },
  { x: [1, 4, 6], w: [4, 1, 3], attrs: { stride: [1], padding: [2, 0], dilation: [1], groups: 4 } },
  {
    x: [1, 2, 5, 4],
    w: [2, 2, 2, 3],
    attrs: { stride: [2, 1], padding: [0, 1, 1, 0], dilation: [1, 1], groups: 1 },
  },
  {
    x: [2, 4, 6, 5],
    w: [2, 2, 2, 2],
    attrs: { stride: [2, 3], padding: [1, 0, 1, 0], dilation: [2, 1], groups: 2 },
  },
  // Sixteen channels and stride 1: another kernel of some engines.
  {
    x: [1, 16, 3, 3],
    w: [2, 16, 2, 2],
    attrs: { stride: [1, 1], padding: [1, 1, 0, 1], dilation: [1, 1], groups: 1 },
  },
  { x: [1, 16, 4], w: [16, 1, 2], attrs: { stride: [1], padding: [1, 0], dilation: [1], groups: 16 } },
  {
    x: [1, 2, 3, 4, 3],
    w: [2, 2, 2, 2, 2],
    attrs: { stride: [1, 2, 1], padding: [0, 0, 0, 0, 0, 0], dilation: [1, 1, 2], groups: 1 },
  },
];

/** Samples of a transpose, whose inputs are two of the three arrays. */
export const transposeSamples = <A extends ConvAttrs>(
  of: (arrays: { x: Spec; w: Spec; y: Spec }, attrs: ConvAttrs) => Sample<A>,
): Sample<A>[] =>
  CONV_SAMPLES.map(({ x, w, attrs }) => {
    const arrays = { x: floats(x), w: floats(w) };
    return of({ ...arrays, y: floats(convolvedShape("conv", arrays.x, arrays.w, attrs)) }, attrs);
  });

export interface ConvOptions extends WindowOptions {
  /** [O], added to every position of its channel. */
  readonly bias?: Tensor;
  /** Groups of channels with filters of their own; C for a depthwise convolution. Default 1. */
  readonly groups?: number;
}

function convolve(operation: string, x: Tensor, weight: Tensor, axes: number, options: ConvOptions): Tensor {
  const { bias, groups = 1 } = options;
  if (x.rank !== axes + 2 || weight.rank !== axes + 2) {
    throw new GradlabError(
      "E_SHAPE",
      `${operation}: x ${x.toString()} and weight ${weight.toString()} both need ${axes + 2} axes.`,
    );
  }
  const attrs = { ...windowAttrs(operation, weight.shape.slice(2), options), groups };
  return apply(convOp, bias ? [x, weight, bias] : [x, weight], attrs);
}

/**
 * One-dimensional convolution: y[n, o, t] = Σ_c Σ_k x[n, c, t·stride + k·dilation − padding] · w[o, c, k] + bias[o].
 *
 * @param x      [N, C, L]
 * @param weight [O, C / groups, K]
 * @returns [N, O, L′] with L′ = ⌊(L + 2·padding − dilation·(K − 1) − 1) / stride⌋ + 1
 * @throws E_SHAPE with both shapes and the formula of the size; E_CONFIG for an option that is no positive integer
 * @cost 2·N·O·C/groups·K·L′ flop
 * @source LeCun et al. 1989; values: tests/golden/conv.json
 * @example conv1d(tensor([[[1, 2, 3]]]), tensor([[[1, 1]]])) // [[[3, 5]]]
 */
export const conv1d = (x: Tensor, weight: Tensor, options: ConvOptions = {}): Tensor =>
  convolve("conv1d", x, weight, 1, options);

/**
 * Two-dimensional convolution, as {@link conv1d} over height and width.
 *
 * @param x      [N, C, H, W]
 * @param weight [O, C / groups, KH, KW]
 * @returns [N, O, H′, W′], each as conv1d's L′
 * @throws E_SHAPE with both shapes and the formula of the size; E_CONFIG for an option that is no positive integer
 * @cost 2·N·O·C/groups·KH·KW·H′·W′ flop
 * @source LeCun et al. 1998; values: tests/golden/conv.json
 * @example conv2d(ones([1, 1, 3, 3]), ones([1, 1, 3, 3]), { padding: "same" }) // [[[[4, 6, 4], [6, 9, 6], [4, 6, 4]]]]
 */
export const conv2d = (x: Tensor, weight: Tensor, options: ConvOptions = {}): Tensor =>
  convolve("conv2d", x, weight, 2, options);
