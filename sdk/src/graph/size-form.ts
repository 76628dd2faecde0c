/** Sizes of one run, or of one trace, by the names of the symbolic axes. */
export type Sizes = Readonly<Record<string, number>>;

type Powers = Readonly<Record<string, number>>;

/** factor · Π sizeᵖ */
export interface SizeTerm {
  readonly factor: number;
  readonly powers: Powers;
}

/** How a number depends on the symbolic sizes: a sum of terms, or a number divided by that sum. */
export interface SizeForm {
  readonly terms: readonly SizeTerm[];
  readonly numerator?: number;
}

/** The form's value: whole numbers are exact, others rounded once in double precision. */
export function evaluateForm({ terms, numerator }: SizeForm, sizes: Sizes): number {
  const total = terms.reduce((sum, { factor, powers }) => sum + factor * monomial(powers, sizes), 0);
  return numerator === undefined ? total : numerator / total;
}

const monomial = (powers: Powers, sizes: Sizes): number =>
  Object.entries(powers).reduce((product, [name, power]) => product * sizes[name] ** power, 1);

/** `2·batch·time + 1`, for messages and names of axes. */
export function formatForm({ terms, numerator }: SizeForm): string {
  const text = terms
    .map(({ factor, powers }) => {
      const names = Object.entries(powers).map(([name, power]) => (power === 1 ? name : `${name}^${power}`));
      return [...(factor === 1 && names.length > 0 ? [] : [String(factor)]), ...names].join("·");
    })
    .join(" + ");
  return numerator === undefined ? text : `${numerator}/(${text})`;
}

const MAX_POWER = 3;
const MAX_DEGREE = 4;

/**
 * The form that a number has at every point, found from its values there; undefined when there is none
 * of those known: c·m and c/m, or c·m + d, c·m + d·n and c·s + d·t + e with whole factors, and the reciprocals
 * of these; m and n are products of powers of sizes, s and t sizes.
 *
 * @param values the number at each of three points
 * @param points sizes: two large ones and a small one, prime, so that products differ
 */
export function fitForm(values: readonly number[], points: readonly Sizes[]): SizeForm | undefined {
  const names = Object.keys(points[0]);
  const powers = monomials(names);
  const sumOf = (given: readonly number[]): SizeForm | undefined =>
    first(powers, (m) => fitAffine(given, m, points)) ??
    first(pairsOf(powers), (pair) => fitPair(given, pair, points)) ??
    first(pairsOf(names), (pair) => fitPlane(given, pair, points));
  return (
    first(powers, (m) => fitProduct(values, m, points)) ??
    sumOf(values) ??
    reciprocal(sumOf(values.map((value) => 1 / value)))
  );
}

function first<T, R>(items: readonly T[], attempt: (item: T) => R | undefined): R | undefined {
  for (const item of items) {
    const result = attempt(item);
    if (result !== undefined) return result;
  }
  return undefined;
}

/** Products of powers of the sizes, simplest first. */
function monomials(names: readonly string[]): Powers[] {
  let all: Record<string, number>[] = [{}];
  for (const name of names) {
    all = all.flatMap((powers) =>
      Array.from({ length: MAX_POWER + 1 }, (_, power) =>
        power === 0 ? powers : { ...powers, [name]: power },
      ),
    );
  }
  const degree = (powers: Record<string, number>): number =>
    Object.values(powers).reduce((sum, power) => sum + power, 0);
  return all
    .filter((powers) => degree(powers) > 0 && degree(powers) <= MAX_DEGREE)
    .sort((a, b) => degree(a) - degree(b));
}

const pairsOf = <T>(items: readonly T[]): (readonly [T, T])[] =>
  items.flatMap((a, i) => items.slice(i + 1).map((b) => [a, b] as const));

/** Equal but for the rounding of a few operations. */
const close = (a: number, b: number): boolean =>
  Math.abs(a - b) <= 1e-12 * Math.max(Math.abs(a), Math.abs(b));

/** A quotient of rounded numbers as what it most likely was before rounding. */
function snapped(value: number): number {
  const whole = Math.round(value);
  if (close(value, whole)) return whole;
  const inverse = Math.round(1 / value);
  return inverse !== 0 && close(value, 1 / inverse) ? 1 / inverse : value;
}

function fitProduct(
  values: readonly number[],
  powers: Powers,
  points: readonly Sizes[],
): SizeForm | undefined {
  const products = points.map((point) => monomial(powers, point));
  const factor = snapped(values[0] / products[0]);
  if (values.every((value, k) => close(value, factor * products[k]))) return { terms: [{ factor, powers }] };
  const numerator = snapped(values[0] * products[0]);
  return values.every((value, k) => close(value, numerator / products[k]))
    ? { terms: [{ factor: 1, powers }], numerator }
    : undefined;
}

function fitAffine(
  values: readonly number[],
  powers: Powers,
  points: readonly Sizes[],
): SizeForm | undefined {
  const products = points.map((point) => monomial(powers, point));
  const last = values.length - 1;
  const factor = snapped((values[0] - values[last]) / (products[0] - products[last]));
  const offset = snapped(values[last] - factor * products[last]);
  const whole = Number.isInteger(factor) && Number.isInteger(offset) && factor !== 0 && offset !== 0;
  return whole && values.every((value, k) => close(value, factor * products[k] + offset))
    ? {
        terms: [
          { factor, powers },
          { factor: offset, powers: {} },
        ],
      }
    : undefined;
}

const reciprocal = (form: SizeForm | undefined): SizeForm | undefined => form && { ...form, numerator: 1 };

/** c·m + d·n for two products of sizes, solved at the first and last point and checked at the second. */
function fitPair(
  values: readonly number[],
  [m, n]: readonly [Powers, Powers],
  points: readonly Sizes[],
): SizeForm | undefined {
  const [v0, v1, v2] = values;
  const [[m0, m1, m2], [n0, n1, n2]] = [m, n].map((powers) => points.map((point) => monomial(powers, point)));
  const determinant = m0 * n2 - m2 * n0;
  const c = snapped((v0 * n2 - v2 * n0) / determinant);
  const d = snapped((m0 * v2 - m2 * v0) / determinant);
  const whole = Number.isInteger(c) && Number.isInteger(d) && c !== 0 && d !== 0;
  return whole && close(v1, c * m1 + d * n1)
    ? {
        terms: [
          { factor: c, powers: m },
          { factor: d, powers: n },
        ],
      }
    : undefined;
}

/** c·a + d·b + e through three points; that all three come out whole is the proof. */
function fitPlane(
  values: readonly number[],
  [a, b]: readonly [string, string],
  points: readonly Sizes[],
): SizeForm | undefined {
  const [v0, v1, v2] = values;
  const [p0, p1, p2] = points;
  const [x1, y1, x2, y2] = [p1[a] - p0[a], p1[b] - p0[b], p2[a] - p0[a], p2[b] - p0[b]];
  const determinant = x1 * y2 - x2 * y1;
  const c = snapped(((v1 - v0) * y2 - (v2 - v0) * y1) / determinant);
  const d = snapped((x1 * (v2 - v0) - x2 * (v1 - v0)) / determinant);
  const e = v0 - c * p0[a] - d * p0[b];
  if (![c, d, e].every(Number.isInteger) || c === 0 || d === 0) return undefined;
  const constant = e === 0 ? [] : [{ factor: e, powers: {} }];
  return { terms: [{ factor: c, powers: { [a]: 1 } }, { factor: d, powers: { [b]: 1 } }, ...constant] };
}
