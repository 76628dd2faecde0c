import { GradlabError } from "../errors.js";
import type { Sizes } from "./size-form.js";

/** Stand-ins are not larger than this, so that products of four of them are exact. */
const LARGEST = 1021;
const CHOICES = 4;

/** Primes up to a limit, largest first: their products tell which of them went in. */
function primesBelow(limit: number): number[] {
  const isPrime = (n: number): boolean => {
    for (let divisor = 2; divisor * divisor <= n; divisor++) if (n % divisor === 0) return false;
    return n > 1;
  };
  return Array.from({ length: Math.min(limit, LARGEST) }, (_, i) => Math.min(limit, LARGEST) - i).filter(
    isPrime,
  );
}

/**
 * Choices of three points each, two of large sizes and a small one: a function that takes another path for
 * short inputs shows it there.
 *
 * @throws E_SYMBOLIC when a limit leaves too few sizes to choose from
 */
export function standIns(names: readonly string[], limits: Sizes): Sizes[][] {
  const primes = names.map((name) => primesBelow(limits[name] ?? LARGEST));
  const choices = Array.from({ length: CHOICES }, (_, attempt) => {
    const large = (which: number): Sizes =>
      pick(names, primes, (i) => 2 * (attempt * names.length + i) + which);
    const small = pick(names, primes, (i, { length }) => length - 1 - i - attempt * names.length);
    return [large(0), large(1), small];
  }).filter((points) => points.every((point) => isApart(point, names)) && differ(points, names));
  if (choices.length > 0) return choices;
  throw new GradlabError(
    "E_SYMBOLIC",
    `maxSizes leaves too few sizes to tell ${names.join(" and ")} apart.`,
    {
      hint: "Sizes up to 32 or more are needed to follow an axis; keep smaller axes fixed.",
    },
  );
}

const pick = (
  names: readonly string[],
  primes: readonly (readonly number[])[],
  index: (i: number, among: readonly number[]) => number,
): Sizes => Object.fromEntries(names.map((name, i) => [name, primes[i][index(i, primes[i])] ?? 0]));

/** Every name has a size, and no two the same. */
const isApart = (point: Sizes, names: readonly string[]): boolean =>
  new Set(Object.values(point)).size === names.length && Object.values(point).every((size) => size > 0);

const differ = (points: readonly Sizes[], names: readonly string[]): boolean =>
  names.every((name) => new Set(points.map((point) => point[name])).size === points.length);
