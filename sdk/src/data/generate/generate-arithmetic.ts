import { GradlabError } from "../../errors.js";
import type { Random } from "../../tensor/index.js";
import { between, drawUnique, type SyntheticOptions, pick } from "./draw-unique.js";

export type ArithmeticOperation = "+" | "-" | "*" | "/";

export interface ArithmeticOptions extends SyntheticOptions {
  /** Digits of each number, or a least and a most. 1 … 7; default [1, 3]. */
  readonly digits?: number | readonly [least: number, most: number];
  /** Default + and −. Of a difference the larger number comes first; a quotient has a remainder. */
  readonly operations?: readonly ArithmeticOperation[];
  /** Write the steps of the calculation by hand before the answer. Default false. */
  readonly steps?: boolean;
}

export interface ArithmeticRow {
  readonly prompt: string;
  readonly completion: string;
  /** The result alone; of a division "quotient remainder rest". */
  readonly answer: string;
  readonly operation: ArithmeticOperation;
  readonly left: number;
  readonly right: number;
}

/**
 * Calculations as they are done by hand: a + b, a − b, a × b and a ÷ b with numbers of so many digits, and with the
 * steps if asked for.
 *
 * @throws E_CONFIG for options out of range, or more calculations than there are
 * @example
 * const rows = generateArithmetic({ count: 100, seed: 1, digits: 2, operations: ["+"], steps: true });
 * rows.every(({ answer, left, right }) => Number(answer) === left + right) // true
 */
export function generateArithmetic(options: ArithmeticOptions): ArithmeticRow[] {
  const { digits = [1, 3], operations = ["+", "-"], steps = false } = options;
  const [least, most] = typeof digits === "number" ? [digits, digits] : digits;
  if (![least, most].every((n) => Number.isInteger(n) && n >= 1 && n <= 7) || least > most)
    throw new GradlabError("E_CONFIG", `digits must be from 1 to 7, got ${String(digits)}.`, {
      where: "digits",
    });
  if (operations.length === 0)
    throw new GradlabError("E_CONFIG", "operations is empty.", {
      where: "operations",
      hint: 'Such as ["+", "-"].',
    });
  const row = (random: Random): ArithmeticRow => {
    const operation = pick(random, operations);
    const [a, b] = [numberOf(random, least, most), numberOf(random, least, most)];
    const [left, right] = operation === "-" && a < b ? [b, a] : [a, operation === "/" ? Math.max(1, b) : b];
    return calculate(operation, left, right, steps);
  };
  return drawUnique(options, "arithmetic", row, ({ operation, left, right }) => {
    // 3 + 4 tells 4 + 3
    const swapped = (operation === "+" || operation === "*") && left > right;
    return swapped ? `${right} ${operation} ${left}` : `${left} ${operation} ${right}`;
  });
}

function numberOf(random: Random, least: number, most: number): number {
  const digits = between(random, least, most);
  return between(random, digits === 1 ? 0 : 10 ** (digits - 1), 10 ** digits - 1);
}

function calculate(
  operation: ArithmeticOperation,
  left: number,
  right: number,
  steps: boolean,
): ArithmeticRow {
  const { work, answer } = BY_HAND[operation](left, right);
  return {
    prompt: `${left} ${operation} ${right} =`,
    completion: steps ? `\n${work.map((line) => `${line}\n`).join("")}Answer: ${answer}` : ` ${answer}`,
    answer,
    operation,
    left,
    right,
  };
}

interface Worked {
  readonly work: readonly string[];
  readonly answer: string;
}

const PLACES = ["ones", "tens", "hundreds", "thousands", "ten thousands", "hundred thousands", "millions"];

const BY_HAND: Readonly<Record<ArithmeticOperation, (left: number, right: number) => Worked>> = {
  "+": add,
  "-": subtract,
  "*": multiply,
  "/": divide,
};

/** Digits, ones first, as many as the longer number has. */
function digitPairs(left: number, right: number): [number, number][] {
  const size = Math.max(String(left).length, String(right).length);
  const digits = (n: number): number[] => String(n).padStart(size, "0").split("").reverse().map(Number);
  const others = digits(right);
  return digits(left).map((digit, i) => [digit, others[i]]);
}

function add(left: number, right: number): Worked {
  let carry = 0;
  const pairs = digitPairs(left, right);
  const work = pairs.map(([a, b], i) => {
    const sum = a + b + carry;
    const terms = carry > 0 ? `${a} + ${b} + ${carry}` : `${a} + ${b}`;
    carry = Math.floor(sum / 10);
    return `${PLACES[i]}: ${terms} = ${sum}, write ${sum % 10}${carry > 0 ? `, carry ${carry}` : ""}`;
  });
  if (carry > 0) work.push(`carry: write ${carry}`);
  return { work, answer: String(left + right) };
}

function subtract(left: number, right: number): Worked {
  let borrow = 0;
  const work = digitPairs(left, right).map(([a, b], i) => {
    const from = a - borrow;
    const lent = from < b ? 10 : 0;
    const taken = borrow > 0 ? `${a} - ${borrow} = ${from}; ` : "";
    borrow = lent > 0 ? 1 : 0;
    const lend = lent > 0 ? `borrow: ${from + 10} - ${b}` : `${from} - ${b}`;
    return `${PLACES[i]}: ${taken}${lend} = ${from + lent - b}`;
  });
  return { work, answer: String(left - right) };
}

function multiply(left: number, right: number): Worked {
  const parts = String(right)
    .split("")
    .reverse()
    .map((digit, i) => Number(digit) * 10 ** i);
  const used = parts.filter((part) => part > 0);
  const work = used.map((part) => `${left} * ${part} = ${left * part}`);
  if (used.length > 1) work.push(`${used.map((part) => left * part).join(" + ")} = ${left * right}`);
  return { work, answer: String(left * right) };
}

function divide(left: number, right: number): Worked {
  let rest = 0;
  const work = String(left)
    .split("")
    .map((digit) => {
      const current = rest * 10 + Number(digit);
      const times = Math.floor(current / right);
      rest = current % right;
      return `bring down ${digit}: ${current} / ${right} = ${times}, ${current} - ${times * right} = ${rest}`;
    });
  return { work, answer: `${Math.floor(left / right)} remainder ${left % right}` };
}
