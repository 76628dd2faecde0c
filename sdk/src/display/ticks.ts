import { formatTick, powerOfTen } from "./number.js";

export interface Tick {
  readonly value: number;
  /** Empty where a line is drawn without a number. */
  readonly label: string;
}

/** A mapping of values to [0, 1], with its marks. */
export interface Scale {
  readonly ticks: readonly Tick[];
  /** 0 at the low end of the axis, 1 at the high end. */
  place(value: number): number;
}

/**
 * A linear axis that covers the values, with about `count` ticks at multiples of 1, 2, 2.5 or 5 times a power of ten.
 *
 * Source: P. Heckbert, Nice Numbers for Graph Labels, Graphics Gems (1990).
 */
export function linearScale(
  values: Iterable<number>,
  options: { count?: number; zero?: boolean; tight?: boolean } = {},
): Scale {
  const { count = 6, zero = false, tight = false } = options;
  let [low, high] = extent(values, (value) => Number.isFinite(value));
  if (zero) [low, high] = [Math.min(0, low), Math.max(0, high)];
  if (low === high) [low, high] = low === 0 ? [0, 1] : [low - Math.abs(low) / 2, high + Math.abs(high) / 2];
  const step = niceStep((high - low) / count);
  if (!tight) [low, high] = [Math.floor(low / step + 1e-9) * step, Math.ceil(high / step - 1e-9) * step];
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  const ticks = Array.from({ length: last - first + 1 }, (_, i) => {
    const value = Number(((first + i) * step).toPrecision(12));
    return { value, label: formatTick(value, step) };
  });
  return { ticks, place: (value) => (value - low) / (high - low) };
}

/** A logarithmic axis over the positive values: a number at every power of ten, or at 1, 2, 5 where there are few. */
export function logScale(values: Iterable<number>): Scale {
  const [min, max] = extent(values, (value) => Number.isFinite(value) && value > 0);
  if (!(min > 0)) return logScale([1, 10]);
  const margin = min === max ? 0.5 : (Math.log10(max) - Math.log10(min)) * 0.04;
  const [low, high] = [Math.log10(min) - margin, Math.log10(max) + margin];
  const fine = isFine(min, max);
  const exponents = Array.from(
    { length: Math.ceil(high) - Math.floor(low) + 1 },
    (_, i) => Math.floor(low) + i,
  );
  const inside = exponents
    .flatMap((exponent) =>
      (fine ? [1, 2, 5] : [1]).map((mark) => ({ mark, exponent, value: mark * 10 ** exponent })),
    )
    .filter(({ value }) => Math.log10(value) >= low && Math.log10(value) <= high);
  const every = Math.ceil(inside.length / 8);
  const ticks = inside.map(({ value, mark, exponent }, i) => ({
    value,
    label: fine ? formatTick(value, mark * 10 ** exponent) : i % every === 0 ? powerLabel(exponent) : "",
  }));
  return { ticks, place: (value) => (Math.log10(value) - low) / (high - low) };
}

/** Less than two powers of ten: marks between them are needed. */
export const isFine = (min: number, max: number): boolean => Math.log10(max / min) < 2;

const powerLabel = (exponent: number): string =>
  exponent >= -3 && exponent <= 3 ? formatTick(10 ** exponent, 10 ** exponent) : powerOfTen(exponent);

function niceStep(raw: number): number {
  const power = 10 ** Math.floor(Math.log10(raw));
  const fraction = raw / power;
  const nice = [1, 2, 2.5, 5, 10].find((candidate) => candidate >= fraction - 1e-9) ?? 10;
  return nice * power;
}

/** [smallest, largest] of the values that count; [0, 1] of none. */
export function extent(values: Iterable<number>, counts: (value: number) => boolean): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values)
    if (counts(value)) {
      if (value < low) low = value;
      if (value > high) high = value;
    }
  return low <= high ? [low, high] : [0, 1];
}
