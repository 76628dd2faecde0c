import type { Family } from "./family.js";

interface Step {
  readonly name: string;
  readonly words: string;
  readonly program: string;
}

const FILTERS: readonly (Step & { readonly keep: (value: number, k: number) => boolean })[] = [
  { name: "Even", words: "even", program: "value % 2 == 0", keep: (value) => value % 2 === 0 },
  { name: "Odd", words: "odd", program: "value % 2 != 0", keep: (value) => Math.abs(value % 2) === 1 },
  {
    name: "Divisible",
    words: "divisible by {k}",
    program: "value % {k} == 0",
    keep: (value, k) => Number.isInteger(value / k),
  },
  { name: "Above", words: "greater than {k}", program: "value > {k}", keep: (value, k) => value > k },
  { name: "Below", words: "less than {k}", program: "value < {k}", keep: (value, k) => value < k },
  {
    name: "FarFrom",
    words: "more than {k} away from zero",
    program: "abs(value) > {k}",
    keep: (value, k) => value > k || value < -k,
  },
];

const MAPS: readonly (Step & { readonly map: (value: number, j: number) => number })[] = [
  { name: "Raised", words: "plus {j}", program: "value + {j}", map: (value, j) => value + j },
  { name: "Scaled", words: "times {j}", program: "value * {j}", map: (value, j) => value * j },
  {
    name: "Squared",
    words: "squared, minus {j}",
    program: "value * value - {j}",
    map: (value, j) => value ** 2 - j,
  },
  {
    name: "Distance",
    words: "as its distance from {j}",
    program: "abs(value - {j})",
    map: (value, j) => Math.abs(j - value),
  },
];

const ENDS: readonly (Step & {
  readonly returns: "int" | "int[]";
  readonly start: string;
  readonly end: (values: readonly number[]) => number | readonly number[];
})[] = [
  {
    name: "sum",
    words: "the sum of",
    returns: "int",
    start: "result: int = 0",
    program: "result += ",
    end: (values) => values.reduce((total, value) => total + value, 0),
  },
  {
    name: "list",
    words: "a list of",
    returns: "int[]",
    start: "result: int[] = []",
    program: "append result ",
    end: (values) => values,
  },
  {
    name: "largest",
    words: "the largest, but at least 0, of",
    returns: "int",
    start: "result: int = 0",
    program: "result = max(result, ",
    end: (values) => Math.max(0, ...values),
  },
];

/** Choose, change, put together: a family for every combination. */
export const CHAIN_FAMILIES: readonly Family[] = ENDS.flatMap((end) =>
  MAPS.flatMap((map) =>
    FILTERS.map((filter): Family => ({
      name: `${end.name}${map.name}${filter.name}`,
      arguments: ["values"],
      returns: end.returns,
      ...(filter.words.includes("{k}") ? { k: [2, 20] as const } : {}),
      j: [2, 12],
      spec: `returns ${end.words} the numbers in \`values\` that are ${filter.words}, each taken ${map.words}`,
      program: `
          ${end.start}
          for value in values
            if ${filter.program}
              ${end.program}${map.program}${end.program.includes("(") ? ")" : ""}
          return result`,
      reference: ({ values }, { k, j }) =>
        end.end(values.filter((value) => filter.keep(value, k)).map((value) => map.map(value, j))),
    })),
  ),
);
