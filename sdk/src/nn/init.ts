import { GradlabError } from "../errors.js";
import { hostArray, Random, sizeOf, type HostArray, type Shape } from "../tensor/index.js";
import { orthogonalRows } from "./orthogonal.js";

/** The nonlinearity behind a layer, for gains that keep the variance. */
export type Nonlinearity = "linear" | "relu" | "tanh" | "sigmoid" | "selu";

/**
 * How a fresh parameter is filled. Fans of a [out, in, …kernel] shape: in · kernel and out · kernel.
 *
 * - `normal`: deviation σ; `truncatedNormal`: the same, cut at ±`cut`·σ (default 2; redrawn, not clipped)
 * - `uniform`: in ±a; `constant`
 * - `xavier`: variance gain²·2/(fanIn + fanOut), uniform or normal (Glorot and Bengio 2010, eq. 16)
 * - `kaiming`: variance gain²/fanIn (He et al. 2015, eq. 10); the gain of `nonlinearity`, relu by default: √2
 * - `law`: a law of one's own, value by value in the array's order
 * - `orthogonal`: rows (or columns, where there are more rows) orthonormal, times the gain (Saxe et al. 2014)
 */
export type Init =
  | { readonly normal: number }
  | { readonly constant: number }
  | { readonly uniform: number }
  | { readonly truncatedNormal: number; readonly cut?: number }
  | { readonly xavier: "uniform" | "normal"; readonly gain?: number }
  | {
      readonly kaiming: "uniform" | "normal";
      readonly nonlinearity?: Nonlinearity;
      readonly mode?: "in" | "out";
    }
  | { readonly law: (random: Random, index: number) => number }
  | { readonly orthogonal: number };

/** √(E[x²] / E[f(x)²]), as in torch.nn.init.calculate_gain. */
const GAINS: Readonly<Record<Nonlinearity, number>> = {
  linear: 1,
  sigmoid: 1,
  tanh: 5 / 3,
  relu: Math.SQRT2,
  selu: 3 / 4,
};

/**
 * Fresh values for a parameter. Each name has its own stream of the seed, so that adding a parameter
 * does not change the others.
 *
 * @throws E_SHAPE for xavier, kaiming and orthogonal on fewer than two axes
 * @example initialize("w", [2, 2], { normal: 0.02 }, 42).shape // [2, 2]
 */
export function initialize(name: string, shape: Shape, init: Init, seed: number): HostArray {
  const random = new Random(seed, streamOf(name));
  if ("orthogonal" in init) {
    const [rows, columns] = matrixOf(name, shape);
    const data = orthogonalRows(rows, columns, random).map((x) => x * init.orthogonal);
    return hostArray(data, shape);
  }
  const draw = drawerOf(name, shape, init, random);
  const data = new Float32Array(sizeOf(shape));
  for (let i = 0; i < data.length; i++) data[i] = draw(i);
  return hostArray(data, shape);
}

type Drawn = Exclude<Init, { readonly orthogonal: number }>;

function drawerOf(name: string, shape: Shape, init: Drawn, random: Random): (index: number) => number {
  if ("law" in init) return (index) => init.law(random, index);
  if ("normal" in init) return () => init.normal * random.normal();
  if ("uniform" in init) return () => init.uniform * (2 * random.uniform() - 1);
  if ("constant" in init) return () => init.constant;
  if ("truncatedNormal" in init) return () => init.truncatedNormal * within(init.cut ?? 2, random);
  const [law, deviation] = deviationOf(name, shape, init);
  // A uniform variable in ±a has the deviation a/√3.
  return law === "normal"
    ? () => deviation * random.normal()
    : () => deviation * Math.sqrt(3) * (2 * random.uniform() - 1);
}

function deviationOf(
  name: string,
  shape: Shape,
  init: Extract<Drawn, { readonly xavier: unknown } | { readonly kaiming: unknown }>,
): ["uniform" | "normal", number] {
  const { fanIn, fanOut } = fansOf(name, shape);
  if ("xavier" in init) return [init.xavier, (init.gain ?? 1) * Math.sqrt(2 / (fanIn + fanOut))];
  const fan = init.mode === "out" ? fanOut : fanIn;
  return [init.kaiming, GAINS[init.nonlinearity ?? "relu"] / Math.sqrt(fan)];
}

/** A standard normal number of absolute value at most `cut`. */
function within(cut: number, random: Random): number {
  for (;;) {
    const x = random.normal();
    if (Math.abs(x) <= cut) return x;
  }
}

/** How many values enter and leave one unit of a [out, in, …kernel] weight. */
export function fansOf(name: string, shape: Shape): { readonly fanIn: number; readonly fanOut: number } {
  const [out, columns] = matrixOf(name, shape);
  return { fanIn: columns, fanOut: (out * columns) / shape[1] };
}

function matrixOf(name: string, shape: Shape): [number, number] {
  if (shape.length >= 2) return [shape[0], sizeOf(shape.slice(1))];
  throw new GradlabError(
    "E_SHAPE",
    `${name} is [${shape.join(", ")}]; this law needs a weight of two or more axes.`,
    { hint: "Use normal, uniform or constant for vectors." },
  );
}

/**
 * The deviation of projections that write into the residual stream: std/√(2·layers), so that the sum of all of them
 * keeps its size however deep the network is.
 *
 * @source Radford et al. 2019, §2.3 (GPT-2)
 * @example residualInit(0.02, 8) // {"normal":0.005}
 */
export const residualInit = (std: number, layers: number): Init => ({ normal: std / Math.sqrt(2 * layers) });

/** FNV-1a of the name. */
function streamOf(name: string): number {
  let hash = 0x811c9dc5;
  for (const char of name) hash = Math.imul(hash ^ char.codePointAt(0)!, 0x01000193);
  return hash >>> 0;
}
