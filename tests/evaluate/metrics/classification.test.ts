import assert from "node:assert/strict";
import { test } from "node:test";
import {
  GradlabError,
  accuracy,
  exactMatch,
  f1,
  f1Macro,
  mcc,
  normalizeSquad,
  precision,
  recall,
} from "gradlab";
import { golden, near } from "./golden.js";

test("class metrics equal scikit-learn's", () => {
  for (const { actual, predicted, ...expected } of golden.classification) {
    near(accuracy(predicted, actual).value, expected.accuracy);
    near(mcc(predicted, actual, { resamples: 2 }).value, expected.mcc);
    for (const average of ["macro", "micro", "weighted"] as const)
      near(f1Macro(predicted, actual, { average, resamples: 2 }).value, expected[`f1_${average}`]);
    if (expected.f1 === undefined) continue;
    near(f1(predicted, actual).value, expected.f1);
    near(precision(predicted, actual).value, expected.precision);
    near(recall(predicted, actual).value, expected.recall);
  }
});

test("the examples in scikit-learn's documentation come out", () => {
  const [actual, predicted] = [
    [0, 1, 2, 0, 1, 2],
    [0, 2, 1, 0, 0, 1],
  ];
  near(f1Macro(predicted, actual).value, 0.26666666666666666);
  near(f1Macro(predicted, actual, { average: "micro" }).value, 0.3333333333333333);
  near(f1Macro(predicted, actual, { average: "weighted" }).value, 0.26666666666666666);
  near(mcc([+1, -1, +1, +1], [+1, +1, +1, -1]).value, -1 / 3);
  near(accuracy([0, 2, 1, 3], [0, 1, 2, 3]).value, 0.5);
});

test("the positive class is found by its name, or asked for", () => {
  const [labels, guesses] = [
    ["Positive", "negative", "Positive"],
    ["Positive", "Positive", "negative"],
  ];
  near(f1(guesses, labels).value, 0.5);
  near(f1([true, true], [true, false]).value, 2 / 3);
  near(f1(["no", "no"], ["yes", "no"]).value, 0);
  near(f1(["cat", "dog"], ["cat", "cat"], { positive: "cat" }).value, 2 / 3);
  assert.throws(
    () => f1(["cat", "dog"], ["cat", "cat"]),
    (error: GradlabError) => error.code === "E_METRIC" && /positive/.test(error.hint),
  );
});

test("nothing predicted positive is 0 with an interval that admits ignorance", () => {
  const score = precision([0, 0], [0, 1]);
  assert.deepEqual([score.value, score.n, score.ci95], [0, 0, [0, 1]]);
});

test("exact match normalises as SQuAD does, and only when asked", () => {
  assert.equal(normalizeSquad("The  U.S. Army's   a-team"), "us armys ateam");
  assert.equal(normalizeSquad("An apple, the theory; thea"), "apple theory thea");
  near(exactMatch(["The Broncos!", "x"], [["broncos", "y"], "y"], { normalize: "squad" }).value, 0.5);
  near(exactMatch(["The Broncos!"], ["broncos"]).value, 0);
  near(exactMatch([" 42\n"], ["42"], { normalize: "trim" }).value, 1);
});
