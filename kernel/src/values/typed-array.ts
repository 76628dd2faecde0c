import { inspect } from "node:util";

type Numeric = Exclude<NodeJS.TypedArray, BigInt64Array | BigUint64Array>;

/** Up to this length all values are shown; beyond it a summary and the first few. */
const SHORT = 20;
const HEAD = 10;
/** Values that the summary looks at. */
const MAX_SUMMARY = 20_000_000;

/** `Float32Array(1000) float32, min -1, mean 0.02, max 1` and the first values; undefined where all fit. */
export function describeTypedArray(array: NodeJS.TypedArray): string | undefined {
  if (array.length <= SHORT || Buffer.isBuffer(array)) return undefined;
  const name = Object.getPrototypeOf(array)?.constructor?.name ?? "TypedArray";
  const dtype = String(array[Symbol.toStringTag])
    .replace("Array", "")
    .replace("Clamped", "")
    .replace("Big", "")
    .toLowerCase();
  const head = Array.from(array.subarray(0, HEAD) as Numeric, (one) => inspect(one)).join(", ");
  const left = (array.length - HEAD).toLocaleString("en-US");
  return `${String(name)}(${array.length}) ${dtype}, ${summary(array)}\n[ ${head}, … ${left} more ]`;
}

function summary(array: NodeJS.TypedArray): string {
  const part = array.length > MAX_SUMMARY ? array.subarray(0, MAX_SUMMARY) : array;
  const { min, max, mean, odd } = measure(part);
  const of = part.length < array.length ? ` of the first ${part.length.toLocaleString("en-US")}` : "";
  if (min === undefined) return `all ${odd} NaN`;
  const strange = odd > 0 ? `, ${odd.toLocaleString("en-US")} NaN` : "";
  return `min ${short(min)}, mean ${short(mean)}, max ${short(max)}${strange}${of}`;
}

interface Measures {
  readonly min: number | bigint | undefined;
  readonly max: number | bigint;
  readonly mean: number;
  readonly odd: number;
}

function measure(array: NodeJS.TypedArray): Measures {
  let min: number | bigint | undefined;
  let max: number | bigint = 0;
  let sum = 0;
  let odd = 0;
  for (const value of array) {
    if (Number.isNaN(value)) {
      odd += 1;
      continue;
    }
    if (min === undefined) min = max = value;
    else if (value < min) min = value;
    else if (value > max) max = value;
    sum += Number(value);
  }
  return { min, max, mean: sum / (array.length - odd), odd };
}

/** Four significant digits, whole numbers whole. */
function short(value: number | bigint): string {
  return typeof value === "bigint" || Number.isInteger(value)
    ? String(value)
    : String(Number(value.toPrecision(4)));
}
