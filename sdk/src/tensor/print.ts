import { allocate, isFloat, type TypedArray } from "./dtype.js";
import { toNumbers, type HostArray } from "./host-array.js";
import { formatSpec, sizeOf, stridesOf, type Shape } from "./shape.js";

/** Arrays with more elements are folded … */
const LIMIT = 1000;
/** … to this many at each end of an axis. */
const EDGE = 3;
/** Rows are wrapped at this width. */
const WIDTH = 96;
const DECIMALS = 4;
/** What a float32 can tell apart. */
const DIGITS = 8;

/**
 * Values, shape and dtype as text. Numbers stand in columns with equally many decimals (at most four), or as
 * powers of ten when they are very large or small; arrays of more than 1000 elements are folded to the first
 * and last three along each axis.
 *
 * @example
 * formatArray(hostArray(Float32Array.of(1, 2), [2])); // "float32[2]\n[1, 2]"
 * formatArray(hostArray(Float32Array.of(0.5, -10, 0.25, 2), [2, 2])); // "float32[2, 2]\n[[  0.50, -10.00],\n [  0.25,   2.00]]"
 */
export function formatArray(array: HostArray): string {
  const { shape } = array;
  const shown = shape.map((length) => positions(length, sizeOf(shape) > LIMIT));
  const texts = aligned(elementTexts(pick(array, shown)), shape.length > 0);
  let next = 0;
  const row = (axis: number): string => {
    const parts = shown[axis].map((at) =>
      at === FOLD ? "…" : axis === shape.length - 1 ? texts[next++] : row(axis + 1),
    );
    const indent = " ".repeat(axis + 1);
    if (axis === shape.length - 1) return `[${wrap(parts, indent)}]`;
    const blankLines = "\n".repeat(shape.length - axis - 1);
    return `[${parts.join(`,${blankLines}${indent}`)}]`;
  };
  return `${formatSpec(array.dtype, shape)}\n${shape.length === 0 ? texts[0] : sizeOf(shape) === 0 ? "[]" : row(0)}`;
}

const FOLD = -1;

/** Which positions of an axis are shown; FOLD stands for those left out. */
function positions(length: number, fold: boolean): number[] {
  if (!fold || length <= 2 * EDGE) return Array.from({ length }, (_, i) => i);
  const first = Array.from({ length: EDGE }, (_, i) => i);
  return [...first, FOLD, ...first.map((i) => length - EDGE + i)];
}

/** The shown elements alone, in order: a large array is not converted for the sake of a few. */
function pick({ dtype, shape, data }: HostArray, shown: readonly (readonly number[])[]): HostArray {
  const strides = stridesOf(shape);
  let offsets = [0];
  shown.forEach((axis, i) => {
    const steps = axis.filter((at) => at !== FOLD).map((at) => at * strides[i]);
    offsets = offsets.flatMap((offset) => steps.map((step) => offset + step));
  });
  const picked: TypedArray = allocate(dtype, offsets.length);
  offsets.forEach((offset, i) => (picked[i] = data[offset]));
  return { dtype, shape: [offsets.length] satisfies Shape, data: picked };
}

function elementTexts(array: HostArray): string[] {
  const { dtype } = array;
  const each = array.data as ArrayLike<number | bigint>;
  if (dtype === "bool") return Array.from(each, (value) => (value ? "true" : "false"));
  return isFloat(dtype) ? floatTexts(toNumbers(array)) : Array.from(each, String);
}

/** Equally many decimals for all; powers of ten when a number would vanish or fill the line. */
function floatTexts(values: Float64Array): string[] {
  const sizes = values.filter((value) => Number.isFinite(value) && value !== 0).map(Math.abs);
  const [low, high] = [
    sizes.reduce((a, b) => Math.min(a, b), Infinity),
    sizes.reduce((a, b) => Math.max(a, b), 0),
  ];
  const whole = sizes.every(Number.isInteger);
  const room = Math.max(0, Math.min(DECIMALS, DIGITS - String(Math.trunc(high)).length));
  if (high >= 1e8 || (!whole && low < 10 ** -room)) return Array.from(values, powerText);
  const decimals = whole ? 0 : Math.max(...Array.from(sizes, (size) => decimalsOf(size, room)));
  return Array.from(values, (value) => (Number.isFinite(value) ? value.toFixed(decimals) : String(value)));
}

const powerText = (value: number): string =>
  Number.isFinite(value) ? value.toExponential(DECIMALS) : String(value);

/** Decimals that are not zeros at the end, of at most `most`. */
function decimalsOf(value: number, most: number): number {
  const digits = value.toFixed(most).split(".")[1] ?? "";
  return digits.replace(/0+$/, "").length;
}

function aligned(texts: readonly string[], columns: boolean): string[] {
  const width = columns ? Math.max(0, ...texts.map(({ length }) => length)) : 0;
  return texts.map((text) => text.padStart(width));
}

function wrap(parts: readonly string[], indent: string): string {
  const lines: string[] = [];
  let line = "";
  for (const part of parts) {
    const longer = line === "" ? part : `${line}, ${part}`;
    if (line !== "" && indent.length + longer.length + 2 > WIDTH) {
      lines.push(`${line},`);
      line = part;
    } else line = longer;
  }
  return [...lines, line].join(`\n${indent}`);
}
