import { GradlabError } from "../errors.js";
import { specText, type Spec } from "../graph/index.js";
import { sizeOf, type Shape } from "../tensor/index.js";

/** How a window moves over the spatial axes; one number an axis. */
export type WindowAttrs = {
  readonly stride: readonly number[];
  /** Zeros before each axis, then zeros after each. */
  readonly padding: readonly number[];
  readonly dilation: readonly number[];
};

export type ConvAttrs = WindowAttrs & {
  /** Input channels in groups that see only their own filters; as many as channels is a depthwise convolution. */
  readonly groups: number;
};

/** The attributes that a convolution shares with its transposes. */
export const windowOnly = ({ stride, padding, dilation, groups }: ConvAttrs): ConvAttrs => ({
  stride,
  padding,
  dilation,
  groups,
});

/** The three shapes a convolution ties together: x [N, C, …], filters w [O, C/groups, …], y [N, O, …]. */
export interface ConvShapes {
  readonly x: Shape;
  readonly w: Shape;
  readonly y: Shape;
}

export interface WindowOptions {
  /** Steps between windows, for all axes or one an axis. Default 1. */
  readonly stride?: number | readonly number[];
  /** Zeros around each axis, for all or one an axis; "same" keeps the size (stride 1 only). Default 0. */
  readonly padding?: number | readonly number[] | "same";
  /** Steps between the elements of a window. Default 1. */
  readonly dilation?: number | readonly number[];
}

/** Options as attributes over `axes` spatial axes. @throws E_CONFIG naming the option */
export function windowAttrs(operation: string, kernel: Shape, options: WindowOptions): WindowAttrs {
  const each = (name: string, value: number | readonly number[], least: number): number[] => {
    const values = typeof value === "number" ? kernel.map(() => value) : [...value];
    if (values.length === kernel.length && values.every((v) => Number.isInteger(v) && v >= least))
      return values;
    throw new GradlabError(
      "E_CONFIG",
      `${operation}: ${name} [${values.join(", ")}] must be ${kernel.length} integers of at least ${least}.`,
    );
  };
  const stride = each("stride", options.stride ?? 1, 1);
  const dilation = each("dilation", options.dilation ?? 1, 1);
  if (options.padding !== "same") {
    const padding = each("padding", options.padding ?? 0, 0);
    return { stride, dilation, padding: [...padding, ...padding] };
  }
  if (stride.some((step) => step !== 1)) {
    throw new GradlabError(
      "E_CONFIG",
      `${operation}: padding "same" needs stride 1, got [${stride.join(", ")}].`,
    );
  }
  const total = kernel.map((size, axis) => dilation[axis] * (size - 1));
  return { stride, dilation, padding: [...total.map((t) => t >> 1), ...total.map((t) => t - (t >> 1))] };
}

/** The formula that every message about sizes shows. */
const SIZE = "⌊(size + padding − dilation·(kernel − 1) − 1) / stride⌋ + 1";

/**
 * Spatial sizes of a window's output.
 *
 * @throws E_SHAPE with both shapes and the formula when an axis would be empty
 */
export function windowedSizes(
  operation: string,
  { x, w }: { readonly x: Spec; readonly w: string },
  kernel: Shape,
  { stride, padding, dilation }: WindowAttrs,
): number[] {
  const rank = kernel.length;
  return kernel.map((size, axis) => {
    const room = x.shape[axis + 2] + padding[axis] + padding[axis + rank] - dilation[axis] * (size - 1) - 1;
    const out = Math.floor(room / stride[axis]) + 1;
    if (out >= 1) return out;
    throw new GradlabError(
      "E_SHAPE",
      `${operation}: the window ${w} is larger than ${specText(x)} with its padding: spatial axis ${axis} would be ${out} long, by ${SIZE}.`,
      { hint: "Use a smaller kernel or dilation, or more padding." },
    );
  });
}

/** Shape of a convolution's result. @throws E_SHAPE with both shapes */
export function convolvedShape(operation: string, x: Spec, w: Spec, attrs: ConvAttrs): number[] {
  const [outputs, perGroup, ...kernel] = w.shape;
  const fits = x.shape.length === w.shape.length && x.shape.length >= 3;
  if (!fits || x.shape[1] !== perGroup * attrs.groups || outputs % attrs.groups !== 0) {
    throw new GradlabError(
      "E_SHAPE",
      `${operation}: x ${specText(x)} and weight ${specText(w)} do not fit; expected [N, C, …] and [O, C / groups, …] with groups (${attrs.groups}) dividing C and O.`,
    );
  }
  return [x.shape[0], outputs, ...windowedSizes(operation, { x, w: specText(w) }, kernel, attrs)];
}

/** Flat positions of one product's factors: y[out] gets x[in] · w[kernel]. */
type Tap = readonly [input: number, kernel: number, output: number];

/** For every output position and kernel element, the input position under it, where that is no padding. */
export function tapsOf(x: Shape, kernel: Shape, y: Shape, { stride, padding, dilation }: WindowAttrs): Tap[] {
  let taps: Tap[] = [[0, 0, 0]];
  for (let axis = 0; axis < kernel.length; axis++) {
    const line: Tap[] = [];
    for (let out = 0; out < y[axis]; out++) {
      for (let k = 0; k < kernel[axis]; k++) {
        const at = out * stride[axis] - padding[axis] + k * dilation[axis];
        if (at >= 0 && at < x[axis]) line.push([at, k, out]);
      }
    }
    taps = taps.flatMap(([i, k, o]) =>
      line.map<Tap>(([di, dk, dy]) => [i * x[axis] + di, k * kernel[axis] + dk, o * y[axis] + dy]),
    );
  }
  return taps;
}

/** Visits every product x[i] · w[j] that a convolution adds into y[k]. */
export function forEachProduct(
  { x, w, y }: ConvShapes,
  attrs: ConvAttrs,
  visit: (i: number, j: number, k: number) => void,
): void {
  const [outputs, perGroup, ...kernel] = w;
  const taps = tapsOf(x.slice(2), kernel, y.slice(2), attrs);
  const [inside, window, outside] = [x.slice(2), kernel, y.slice(2)].map(sizeOf);
  for (let image = 0; image < x[0]; image++) {
    for (let o = 0; o < outputs; o++) {
      const first = Math.floor(o / (outputs / attrs.groups)) * perGroup;
      for (let c = 0; c < perGroup; c++) {
        const from = (image * x[1] + first + c) * inside;
        const filter = (o * perGroup + c) * window;
        const to = (image * outputs + o) * outside;
        for (const [i, j, k] of taps) visit(from + i, filter + j, to + k);
      }
    }
  }
}
