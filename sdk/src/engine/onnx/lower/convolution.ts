import type { Node } from "../../../graph/index.js";
import { sizeOf, type Shape } from "../../../tensor/index.js";
import type { OnnxModel } from "../model.js";
import { one, reshaped, type Attributes, type Lower, type LowerContext } from "./context.js";
import { product } from "./contraction.js";

interface Window {
  readonly stride: readonly number[];
  readonly padding: readonly number[];
  readonly dilation: readonly number[];
  readonly groups: number;
}

const windowOf = (node: Node): Window => node.attrs as unknown as Window;

const attributesOf = ({ stride, padding, dilation, groups }: Window): Attributes => ({
  strides: stride,
  pads: padding,
  dilations: dilation,
  group: groups,
});

/** The spatial axes, 2 and on. */
const spatial = (shape: Shape): number[] => shape.slice(2).map((_, axis) => axis + 2);

const swapped = (model: OnnxModel, name: string, shape: Shape): string =>
  one(model, "Transpose", [name], { perm: [1, 0, ...spatial(shape)] });

export const lowerConv: Lower = ({ model, node, inputs }) =>
  model.node("Conv", inputs, { attributes: attributesOf(windowOf(node)) });

/** Channels from which the plain convolution's kernel is the faster one. */
const MANY = 16;

/**
 * ConvTranspose, except at stride 1 with many channels, where a convolution with turned filters is faster
 * (measured, one thread: 5.9 against 7.1 ms for 64 channels of 8 × 32 × 32; 0.4 against 3.9 depthwise in 1-D).
 */
export const lowerConvInput: Lower = (context) => {
  const { model, node, inputs } = context;
  const window = windowOf(node);
  const { stride, padding, dilation } = window;
  const [y, w] = node.inputs.map(({ shape }) => shape);
  const x = node.outputs[0].shape;
  const rank = stride.length;
  const around = padding.map((pad, i) => dilation[i % rank] * (w[2 + (i % rank)] - 1) - pad);
  if (stride.every((step) => step === 1) && around.every((pad) => pad >= 0) && x[1] >= MANY)
    return turnedConv(context, window, around);
  // What the stride skipped at the end.
  const rest = stride.map((step, axis) => {
    const covered = (y[axis + 2] - 1) * step + dilation[axis] * (w[axis + 2] - 1) + 1;
    return x[axis + 2] + padding[axis] + padding[axis + rank] - covered;
  });
  return model.node("ConvTranspose", inputs, {
    attributes: { ...attributesOf(window), output_padding: rest },
  });
};

function turnedConv(
  { model, node, inputs: [y, w] }: LowerContext,
  window: Window,
  padding: number[],
): string[] {
  const [outputs, perGroup, ...kernel] = node.inputs[1].shape;
  const { groups, dilation } = window;
  const axes = kernel.map((_, axis) => axis + 2);
  const back = (value: number): string => model.ints(kernel.map(() => value));
  const flipped = one(model, "Slice", [w, back(-1), back(-(2 ** 31)), model.ints(axes), back(-1)]);
  // [G·O, C, …] → [G·C, O, …]
  const split = reshaped(model, flipped, [groups, outputs / groups, perGroup, ...kernel]);
  const perm = [0, 2, 1, ...axes.map((axis) => axis + 1)];
  const turned = reshaped(model, one(model, "Transpose", [split], { perm }), [
    groups * perGroup,
    outputs / groups,
    ...kernel,
  ]);
  const attributes = { strides: kernel.map(() => 1), pads: padding, dilations: dilation, group: groups };
  return model.node("Conv", [y, turned], { attributes });
}

/** Kernel elements beyond which one product for each would be too many nodes. */
const LARGE_KERNEL = 64;

/**
 * With few channels (or large kernels), one convolution of x by y, images and channels in each other's places; else
 * a product for each kernel element (measured, one thread: 8 ms by products, 12 by unfolding, 17 by convolution for
 * 64 channels of 8 × 32 × 32; 14, 5 and 2 for 16 × 16 patches of 4 × 3 × 224 × 224).
 */
export const lowerConvWeight: Lower = (context) => {
  const { node } = context;
  const [outputs, perGroup, ...kernel] = node.outputs[0].shape;
  const { groups } = windowOf(node);
  if (groups === 1 && (perGroup < MANY || sizeOf(kernel) > LARGE_KERNEL))
    return exchangedConv(context, kernel);
  const { model, inputs } = context;
  const [batch, , ...sizes] = node.inputs[1].shape;
  const grad = reshaped(model, inputs[1], [batch, groups, outputs / groups, sizeOf(sizes)]);
  const products = underKernel(context, kernel, sizes).map((part) => {
    const rows = reshaped(model, part, [batch, groups, perGroup, sizeOf(sizes)]);
    const perImage = product(context, [grad, rows], {
      shapes: [
        [batch, groups, outputs / groups, sizeOf(sizes)],
        [batch, groups, perGroup, sizeOf(sizes)],
      ],
      transB: true,
      output: [batch, groups, outputs / groups, perGroup],
    });
    return reshaped(model, one(model, "ReduceSum", [perImage, model.ints([0])], { keepdims: 0 }), [
      outputs,
      perGroup,
      1,
    ]);
  });
  return [reshaped(model, one(model, "Concat", products, { axis: 2 }), node.outputs[0].shape)];
};

/** For each kernel element, what of x lay under it. */
function underKernel({ model, node, inputs: [x] }: LowerContext, kernel: Shape, sizes: Shape): string[] {
  const { stride, padding, dilation } = windowOf(node);
  const rank = kernel.length;
  const pads = [0, 0, ...padding.slice(0, rank), 0, 0, ...padding.slice(rank)];
  const padded = padding.some((pad) => pad > 0) ? one(model, "Pad", [x, model.ints(pads)]) : x;
  return Array.from({ length: sizeOf(kernel) }, (_, element) => {
    const starts = kernel.map(
      (size, axis) => (Math.floor(element / sizeOf(kernel.slice(axis + 1))) % size) * dilation[axis],
    );
    const ends = starts.map((start, axis) => start + (sizes[axis] - 1) * stride[axis] + 1);
    const axes = kernel.map((__, axis) => axis + 2);
    return one(model, "Slice", [padded, ...[starts, ends, axes, stride].map((list) => model.ints(list))]);
  });
}

function exchangedConv({ model, node, inputs: [x, y] }: LowerContext, kernel: Shape): string[] {
  const { stride, padding, dilation } = windowOf(node);
  const images = swapped(model, x, node.inputs[0].shape);
  const filters = swapped(model, y, node.inputs[1].shape);
  const attributes = { strides: dilation, dilations: stride, pads: padding, group: 1 };
  const whole = one(model, "Conv", [images, filters], attributes);
  // A rest that the stride skipped gives positions beyond the kernel.
  const zeros = kernel.map(() => 0);
  const axes = kernel.map((_, axis) => axis + 2);
  const cut = one(model, "Slice", [whole, ...[zeros, kernel, axes].map((list) => model.ints(list))]);
  return [swapped(model, cut, node.outputs[0].shape)];
}
