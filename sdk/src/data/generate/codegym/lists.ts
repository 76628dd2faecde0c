import type { Family } from "./family.js";

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** Tasks about lists of numbers. */
export const LIST_FAMILIES: readonly Family[] = [
  {
    name: "firstAbove",
    arguments: ["values"],
    returns: "int",
    k: [-5, 45],
    spec: "returns the first number in `values` that is greater than {k}, or -1 if there is none",
    program: `
      for value in values
        if value > {k}
          return value
      return -1`,
    reference: ({ values }, { k }) => values.find((value) => value > k) ?? -1,
  },
  {
    name: "positionOf",
    arguments: ["values"],
    returns: "int",
    k: [0, 9],
    spec: "returns the position (counted from 0) of the last {k} in `values`, or -1 if there is none",
    program: `
      position: int = -1
      for i in 0..len(values)
        if values[i] == {k}
          position = i
      return position`,
    reference: ({ values }, { k }) => values.lastIndexOf(k),
    ranges: { values: [0, 9] },
  },
  {
    name: "countPairs",
    arguments: ["values"],
    returns: "int",
    k: [3, 24],
    spec: "counts the pairs of two different positions in `values` whose numbers add up to {k}",
    program: `
      count: int = 0
      for i in 0..len(values)
        for j in i + 1..len(values)
          if values[i] + values[j] == {k}
            count += 1
      return count`,
    reference: ({ values }, { k }) =>
      sum(values.map((a, i) => values.filter((b, j) => i !== j && a + b === k).length)) / 2,
    ranges: { values: [0, 14] },
  },
  {
    name: "everyNth",
    arguments: ["values"],
    returns: "int[]",
    k: [2, 6],
    j: [0, 20],
    spec: "returns every {k}th number of `values`, beginning with the first, each increased by {j}",
    program: `
      chosen: int[] = []
      for i in 0..len(values)
        if i % {k} == 0
          append chosen values[i] + {j}
      return chosen`,
    reference: ({ values }, { k, j }) => values.filter((_, i) => i % k === 0).map((value) => value + j),
  },
  {
    name: "rotateLeft",
    arguments: ["values"],
    returns: "int[]",
    k: [1, 30],
    spec: "returns `values` rotated by {k} places to the left: every number moves {k} places towards the start, and what falls off is put at the end",
    program: `
      rotated: int[] = []
      for i in 0..len(values)
        append rotated values[(i + {k}) % len(values)]
      return rotated`,
    reference: ({ values }, { k }) => {
      const rotated = [...values];
      for (let i = 0; i < k && rotated.length > 0; i++) rotated.push(rotated.shift() ?? 0);
      return rotated;
    },
  },
  {
    name: "sumOfLast",
    arguments: ["values"],
    returns: "int",
    k: [1, 7],
    j: [1, 9],
    spec: "adds up the last {k} numbers of `values` (all of them if there are fewer) and returns {j} times the sum",
    program: `
      total: int = 0
      for i in max(0, len(values) - {k})..len(values)
        total += values[i]
      return total * {j}`,
    reference: ({ values }, { k, j }) => j * sum(values.slice(-k)),
  },
  {
    name: "removeValue",
    arguments: ["values"],
    returns: "int[]",
    k: [0, 9],
    j: [0, 9],
    spec: "returns `values` without the numbers that are equal to {k}, and with {j} at the end",
    program: `
      kept: int[] = []
      for value in values
        if value != {k}
          append kept value
      append kept {j}
      return kept`,
    reference: ({ values }, { k, j }) => [...values.filter((value) => value !== k), j],
    ranges: { values: [0, 9] },
  },
  {
    name: "replaceValue",
    arguments: ["values"],
    returns: "int[]",
    k: [0, 9],
    j: [10, 30],
    spec: "returns `values` with every {k} replaced by {j}",
    program: `
      replaced: int[] = []
      for value in values
        if value == {k}
          append replaced {j}
        else
          append replaced value
      return replaced`,
    reference: ({ values }, { k, j }) => values.map((value) => (value === k ? j : value)),
    ranges: { values: [0, 9] },
  },
  {
    name: "differences",
    arguments: ["values"],
    returns: "int[]",
    k: [1, 12],
    spec: "returns, for every number of `values` but the first, {k} times what it is more than the number before it",
    program: `
      steps: int[] = []
      for i in 1..len(values)
        append steps (values[i] - values[i - 1]) * {k}
      return steps`,
    reference: ({ values }, { k }) => values.slice(1).map((value, i) => k * (value - values[i])),
  },
  {
    name: "runningTotals",
    arguments: ["values"],
    returns: "int[]",
    k: [0, 60],
    spec: "returns the running totals of `values`, starting from {k}: the first is {k} plus the first number",
    program: `
      totals: int[] = []
      total: int = {k}
      for value in values
        total += value
        append totals total
      return totals`,
    reference: ({ values }, { k }) => values.map((_, i) => k + sum(values.slice(0, i + 1))),
  },
  {
    name: "rises",
    arguments: ["values"],
    returns: "bool",
    k: [1, 12],
    spec: "tells whether every number of `values` is at least {k} more than the number before it",
    program: `
      for i in 1..len(values)
        if values[i] - values[i - 1] < {k}
          return false
      return true`,
    reference: ({ values }, { k }) => values.every((value, i) => i === 0 || value - values[i - 1] >= k),
    ranges: { values: [0, 60] },
  },
  {
    name: "longestRun",
    arguments: ["values"],
    returns: "int",
    k: [0, 30],
    spec: "returns the length of the longest run of neighbours in `values` that are all greater than {k}",
    program: `
      longest: int = 0
      current: int = 0
      for value in values
        if value > {k}
          current += 1
        else
          current = 0
        longest = max(longest, current)
      return longest`,
    reference: ({ values }, { k }) =>
      Math.max(
        ...values
          .map((value) => (value > k ? "x" : " "))
          .join("")
          .split(" ")
          .map(({ length }) => length),
      ),
  },
  {
    name: "weightedProduct",
    arguments: ["values", "others"],
    returns: "int",
    k: [0, 60],
    spec: "multiplies the numbers of `values` and `others` at the same positions, adds up the products (the longer list's rest does not count) and returns the sum plus {k}",
    program: `
      total: int = {k}
      for i in 0..min(len(values), len(others))
        total += values[i] * others[i]
      return total`,
    reference: ({ values, others }, { k }) =>
      k + sum(values.slice(0, others.length).map((value, i) => value * others[i])),
  },
  {
    name: "interleave",
    arguments: ["values", "others"],
    returns: "int[]",
    k: [0, 60],
    spec: "returns the numbers of `values` and `others` in turn, starting with `values`; where one list is shorter, {k} stands for what it lacks",
    program: `
      mixed: int[] = []
      for i in 0..max(len(values), len(others))
        if i < len(values)
          append mixed values[i]
        else
          append mixed {k}
        if i < len(others)
          append mixed others[i]
        else
          append mixed {k}
      return mixed`,
    reference: ({ values, others }, { k }) =>
      Array.from({ length: Math.max(values.length, others.length) }, (_, i) => [
        values[i] ?? k,
        others[i] ?? k,
      ]).flat(),
  },
  {
    name: "repeatsWithin",
    arguments: ["values"],
    returns: "bool",
    k: [1, 6],
    spec: "tells whether some number occurs in `values` twice at positions at most {k} apart",
    program: `
      for i in 0..len(values)
        for j in i + 1..len(values)
          if values[i] == values[j] and j - i <= {k}
            return true
      return false`,
    reference: ({ values }, { k }) =>
      values.some((value, i) => values.slice(i + 1, i + 1 + k).includes(value)),
    ranges: { values: [0, 9] },
  },
  {
    name: "highestWindow",
    arguments: ["values"],
    returns: "int",
    k: [2, 5],
    j: [0, 12],
    spec: "returns {j} plus the largest sum of {k} neighbours in `values`, which has at least 5 numbers",
    program: `
      best: int = -1000
      for i in 0..len(values) - {k} + 1
        total: int = 0
        for offset in 0..{k}
          total += values[i + offset]
        best = max(best, total)
      return best + {j}`,
    reference: ({ values }, { k, j }) =>
      j + Math.max(...values.slice(k - 1).map((_, i) => sum(values.slice(i, i + k)))),
    least: 5,
  },
  {
    name: "smallFirst",
    arguments: ["values"],
    returns: "int[]",
    k: [0, 45],
    spec: "returns the numbers of `values` that are less than {k}, followed by the others, each group in the order it had",
    program: `
      ordered: int[] = []
      for value in values
        if value < {k}
          append ordered value
      for value in values
        if not (value < {k})
          append ordered value
      return ordered`,
    reference: ({ values }, { k }) => [...values].sort((a, b) => Number(a >= k) - Number(b >= k)),
  },
];
