import type { Family } from "./family.js";

const upTo = (n: number, from = 1): number[] =>
  Array.from({ length: Math.max(0, n - from + 1) }, (_, i) => from + i);
const digits = (n: number): number[] => String(n).split("").map(Number);
const divisors = (n: number): number[] => upTo(n).filter((d) => n % d === 0);
const isPrime = (n: number): boolean => divisors(n).length === 2;
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** Tasks about one or two numbers that are not negative. */
export const NUMBER_FAMILIES: readonly Family[] = [
  {
    name: "sumOfMultiples",
    arguments: ["n"],
    returns: "int",
    k: [2, 30],
    spec: "returns the sum of all multiples of {k} from 1 to `n`, `n` included",
    program: `
      total: int = 0
      for i in 1..n + 1
        if i % {k} == 0
          total += i
      return total`,
    reference: ({ n }, { k }) => sum(upTo(n).filter((i) => i % k === 0)),
  },
  {
    name: "sumBetweenSkipping",
    arguments: ["n", "m"],
    returns: "int",
    k: [2, 20],
    spec: "returns the sum of the numbers from `n` up to but without `m` that are not divisible by {k}",
    program: `
      total: int = 0
      for i in n..m
        if i % {k} != 0
          total += i
      return total`,
    reference: ({ n, m }, { k }) => sum(upTo(m - 1, n).filter((i) => i % k > 0)),
  },
  {
    name: "countDigit",
    arguments: ["n"],
    returns: "int",
    k: [0, 9],
    spec: "counts how often the digit {k} occurs in the decimal number `n`",
    program: `
      count: int = 0
      for digit in str(n)
        if digit == "{k}"
          count += 1
      return count`,
    reference: ({ n }, { k }) => digits(n).filter((digit) => digit === k).length,
    ranges: { n: [0, 99999] },
  },
  {
    name: "digitPowerSum",
    arguments: ["n"],
    returns: "int",
    k: [1, 4],
    j: [0, 30],
    spec: "raises every digit of `n` to the power {k}, adds these up and returns the sum plus {j}",
    program: `
      total: int = {j}
      rest: int = n
      while rest > 0
        digit: int = rest % 10
        power: int = 1
        for i in 0..{k}
          power = power * digit
        total += power
        rest = rest // 10
      return total`,
    reference: ({ n }, { k, j }) => sum(digits(n).map((digit) => digit ** k)) + j,
    ranges: { n: [0, 99999] },
  },
  {
    name: "isPowerOf",
    arguments: ["n"],
    returns: "bool",
    k: [2, 12],
    spec: "tells whether `n` is a power of {k} (1 is one: {k} to the power 0)",
    program: `
      power: int = 1
      while power < n
        power = power * {k}
      return power == n`,
    reference: ({ n }, { k }) => n > 0 && upTo(12, 0).some((e) => k ** e === n),
    ranges: { n: [1, 200] },
  },
  {
    name: "inBase",
    arguments: ["n"],
    returns: "string",
    k: [2, 9],
    letters: 1,
    spec: 'writes `n` in base {k}, as text that starts with the letter "{letter}"',
    program: `
      digits: string = ""
      rest: int = n
      while rest >= {k}
        digits = str(rest % {k}) + digits
        rest = rest // {k}
      return "{letter}" + str(rest) + digits`,
    reference: ({ n }, { k, letter }) => letter + n.toString(k),
    ranges: { n: [0, 3000] },
  },
  {
    name: "clamp",
    arguments: ["n"],
    returns: "int",
    k: [5, 25],
    j: [5, 30],
    spec: "returns `n`, but at least {k} and at most {k} + {j}",
    program: `
      return max({k}, min(n, {k} + {j}))`,
    reference: ({ n }, { k, j }) => (n < k ? k : n > k + j ? k + j : n),
  },
  {
    name: "greatestCommonDivisor",
    arguments: ["n"],
    returns: "int",
    k: [4, 120],
    spec: "returns the greatest common divisor of `n` and {k}",
    program: `
      a: int = n
      b: int = {k}
      while b != 0
        rest: int = a % b
        a = b
        b = rest
      return a`,
    reference: ({ n }, { k }) => Math.max(...divisors(k).filter((d) => n % d === 0)),
  },
  {
    name: "leastCommonMultiple",
    arguments: ["n"],
    returns: "int",
    k: [2, 60],
    spec: "returns the least common multiple of `n` and {k}",
    program: `
      multiple: int = n
      while multiple % {k} != 0
        multiple += n
      return multiple`,
    reference: ({ n }, { k }) => upTo(n * k).find((i) => i % n === 0 && i % k === 0) ?? 0,
    ranges: { n: [1, 60] },
  },
  {
    name: "countPrimes",
    arguments: ["n"],
    returns: "int",
    k: [2, 40],
    spec: "counts the prime numbers from {k} to `n`, both included",
    program: `
      count: int = 0
      for candidate in {k}..n + 1
        divisor: int = 2
        while divisor < candidate and candidate % divisor != 0
          divisor += 1
        if divisor == candidate
          count += 1
      return count`,
    reference: ({ n }, { k }) => upTo(n, k).filter(isPrime).length,
  },
  {
    name: "smallestDivisor",
    arguments: ["n"],
    returns: "int",
    k: [2, 15],
    spec: "returns the smallest divisor of `n` that is at least {k}; where there is none, `n` itself",
    program: `
      for divisor in {k}..n
        if n % divisor == 0
          return divisor
      return n`,
    reference: ({ n }, { k }) => divisors(n).find((d) => d >= k) ?? n,
    ranges: { n: [1, 200] },
  },
  {
    name: "sequenceTerm",
    arguments: ["n"],
    returns: "int",
    k: [0, 12],
    j: [1, 12],
    spec: "returns term `n` of the sequence that starts with {k} (term 0) and {j} (term 1) and in which every further term is the sum of the two before it",
    program: `
      current: int = {k}
      next: int = {j}
      for i in 0..n
        sum: int = current + next
        current = next
        next = sum
      return current`,
    reference: ({ n }, { k, j }) => {
      const terms = [k, j];
      for (const i of upTo(n, 2)) terms.push(terms[i - 1] + terms[i - 2]);
      return terms[n];
    },
    ranges: { n: [0, 20] },
  },
  {
    name: "firstTerms",
    arguments: ["n"],
    returns: "int[]",
    k: [0, 40],
    j: [1, 15],
    spec: "returns the first `n` terms of the sequence {k}, {k} + {j}, {k} + 2 · {j}, …",
    program: `
      terms: int[] = []
      for i in 0..n
        append terms {k} + i * {j}
      return terms`,
    reference: ({ n }, { k, j }) => upTo(n).map((i) => k + (i - 1) * j),
    ranges: { n: [0, 9] },
  },
  {
    name: "growthSteps",
    arguments: ["n"],
    returns: "int",
    k: [1, 30],
    j: [2, 5],
    spec: "starts with {k} and multiplies by {j} until at least `n` is reached; returns how many multiplications that takes",
    program: `
      amount: int = {k}
      steps: int = 0
      while amount < n
        amount = amount * {j}
        steps += 1
      return steps`,
    reference: ({ n }, { k, j }) => upTo(30, 0).find((e) => k * j ** e >= n) ?? -1,
    ranges: { n: [1, 9999] },
  },
  {
    name: "fizzBuzz",
    arguments: ["n"],
    returns: "string",
    k: [2, 9],
    j: [2, 9],
    spec: 'returns "Fizz" if `n` is divisible by {k}, "Buzz" if it is divisible by {j}, "FizzBuzz" if by both, and otherwise `n` as text',
    program: `
      word: string = ""
      if n % {k} == 0
        word += "Fizz"
      if n % {j} == 0
        word += "Buzz"
      if word == ""
        return str(n)
      return word`,
    reference: ({ n }, { k, j }) => (n % k === 0 ? "Fizz" : "") + (n % j === 0 ? "Buzz" : "") || String(n),
    ranges: { n: [1, 90] },
  },
  {
    name: "countdown",
    arguments: ["n"],
    returns: "int[]",
    k: [1, 12],
    j: [0, 12],
    spec: "counts down from `n` in steps of {k} and returns the numbers that are at least {j}",
    program: `
      numbers: int[] = []
      current: int = n
      while current >= {j}
        append numbers current
        current = current - {k}
      return numbers`,
    reference: ({ n }, { k, j }) =>
      upTo(n, j)
        .reverse()
        .filter((i) => (n - i) % k === 0),
  },
  {
    name: "isSpecialYear",
    arguments: ["n"],
    returns: "bool",
    k: [2, 9],
    j: [2, 12],
    spec: "tells whether year `n` is special: divisible by {k}, but not by {k} · {j}",
    program: `
      return n % {k} == 0 and n % ({k} * {j}) != 0`,
    reference: ({ n }, { k, j }) => Number.isInteger(n / k) && !Number.isInteger(n / (k * j)),
    ranges: { n: [1900, 2100] },
  },
  {
    name: "roundUp",
    arguments: ["n"],
    returns: "int",
    k: [2, 50],
    spec: "rounds `n` up to the next multiple of {k}; a multiple stays as it is",
    program: `
      return (n + {k} - 1) // {k} * {k}`,
    reference: ({ n }, { k }) => Math.ceil(n / k) * k,
    ranges: { n: [0, 500] },
  },
  {
    name: "reverseDigits",
    arguments: ["n"],
    returns: "int",
    k: [1, 60],
    spec: "reverses the decimal digits of `n` and adds {k}",
    program: `
      reversed: int = 0
      rest: int = n
      while rest > 0
        reversed = reversed * 10 + rest % 10
        rest = rest // 10
      return reversed + {k}`,
    reference: ({ n }, { k }) => Number(String(n).split("").reverse().join("")) + k,
    ranges: { n: [0, 99999] },
  },
  {
    name: "coinsNeeded",
    arguments: ["n"],
    returns: "int",
    k: [5, 12],
    j: [2, 4],
    spec: "pays `n` with as many coins of {k} as fit, then as many of {j}, then coins of 1; returns the number of coins",
    program: `
      rest: int = n % {k}
      return n // {k} + rest // {j} + rest % {j}`,
    reference: ({ n }, { k, j }) => {
      let [left, coins] = [n, 0];
      for (const coin of [k, j, 1]) for (; left >= coin; left -= coin) coins++;
      return coins;
    },
    ranges: { n: [0, 300] },
  },
];
