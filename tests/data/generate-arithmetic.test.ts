import assert from "node:assert/strict";
import { test } from "node:test";
import { type ArithmeticOptions, type ArithmeticRow, generateArithmetic, GradlabError } from "gradlab";

const rows = (options: Partial<ArithmeticOptions> = {}): ArithmeticRow[] =>
  generateArithmetic({ count: 500, seed: 1, operations: ["+", "-", "*", "/"], ...options });

/** Integer arithmetic of the language, exact at any size. */
const exact = ({ operation, left, right }: ArithmeticRow): string => {
  const [a, b] = [BigInt(left), BigInt(right)];
  if (operation === "+") return String(a + b);
  if (operation === "-") return String(a - b);
  return operation === "*" ? String(a * b) : `${a / b} remainder ${a % b}`;
};

void test("answers are right, for every operation and up to seven digits", () => {
  const all = rows({ count: 3000, digits: [1, 7] });
  for (const row of all) {
    assert.equal(row.answer, exact(row), row.prompt);
    assert.equal(row.prompt + row.completion, `${row.left} ${row.operation} ${row.right} = ${row.answer}`);
  }
  assert.equal(new Set(all.map(({ operation }) => operation)).size, 4);
});

void test("numbers have the digits asked for", () => {
  for (const { left, right, operation } of rows({ digits: 3 })) {
    assert.ok(operation === "-" ? left >= right : true);
    assert.deepEqual([String(left).length, String(right).length], [3, 3]);
  }
});

void test("the steps of a sum and a difference give the answer, digit by digit", () => {
  for (const { completion, answer, operation } of rows({
    steps: true,
    operations: ["+", "-"],
    digits: [1, 6],
  })) {
    const lines = completion.trim().split("\n");
    assert.equal(lines.at(-1), `Answer: ${answer}`);
    const digits = lines
      .slice(0, -1)
      .map((line) => (operation === "+" ? /write (\d)/ : /= (\d)$/).exec(line)?.[1]);
    assert.equal(
      digits
        .reverse()
        .join("")
        .replace(/^0+(?=\d)/, ""),
      answer,
      completion,
    );
  }
});

void test("every equation in the steps holds", () => {
  const all = rows({ steps: true, digits: [1, 4], count: 1000 });
  let equations = 0;
  for (const { completion } of all)
    for (const [, terms, result] of completion.matchAll(/(\d+(?: [-+*/] \d+)+) = (-?\d+)/g)) {
      const [first, ...rest] = terms.split(/ (?=[-+*/] )/);
      const value = rest.reduce((left, term) => {
        const right = Number(term.slice(2));
        if (term.startsWith("+")) return left + right;
        if (term.startsWith("-")) return left - right;
        return term.startsWith("*") ? left * right : Math.floor(left / right);
      }, Number(first));
      assert.equal(value, Number(result), completion);
      equations++;
    }
  assert.ok(equations > 2000);
});

void test("a seed gives the same rows; the splits share no calculation, nor the same one turned around", () => {
  assert.deepEqual(rows(), rows());
  assert.notDeepEqual(rows({ seed: 2 }), rows());
  const key = ({ left, right, operation }: ArithmeticRow): string =>
    (operation === "+" || operation === "*" ? [left, right].sort((a, b) => a - b) : [left, right]).join(
      operation,
    );
  const train = new Set(rows({ digits: 2, count: 5000 }).map(key));
  assert.equal(train.size, 5000);
  assert.deepEqual(
    rows({ digits: 2, split: "test", count: 500 }).filter((row) => train.has(key(row))),
    [],
  );
});

void test("more calculations than there are, and digits out of range, are errors", () => {
  assert.throws(
    () => rows({ digits: 1, operations: ["+"] }),
    (error: unknown) => error instanceof GradlabError && error.code === "E_CONFIG" && error.where === "count",
  );
  assert.throws(
    () => rows({ digits: 8 }),
    (error: unknown) => error instanceof GradlabError && error.where === "digits",
  );
});
