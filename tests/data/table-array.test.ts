import assert from "node:assert/strict";
import { test } from "node:test";
import { table } from "arquero";
import { arrayFromTable, fromNumbers, hostArray, tableFromArray, toNumbers, zerosArray } from "gradlab";
import { refused } from "../refused.js";

test("columns become arrays in the order of the rows", () => {
  const source = table({
    x: [3, 1, 2],
    y: Float64Array.of(0.5, 1.5, 2.5),
    n: [1n, 2n, 2n ** 60n],
    ok: [true, false, true],
  });
  assert.deepEqual(arrayFromTable(source, "x"), hostArray(Float32Array.of(3, 1, 2), [3]));
  assert.equal(arrayFromTable(source, "y").dtype, "float64");
  assert.deepEqual(
    arrayFromTable(table({ h: Uint16Array.of(1, 65535) }), "h"),
    fromNumbers([1, 65535], [2], "int32"),
  );
  assert.deepEqual(arrayFromTable(source, "n").data, BigInt64Array.of(1n, 2n, 2n ** 60n));
  assert.deepEqual(arrayFromTable(source, "ok"), fromNumbers([1, 0, 1], [3], "bool"));
  assert.deepEqual([...arrayFromTable(source.orderby("x"), "y").data], [1.5, 2.5, 0.5]);
  assert.deepEqual(
    [
      ...arrayFromTable(
        source.filter((row: { x: number }) => row.x > 1),
        "x",
      ).data,
    ],
    [3, 2],
  );
});

test("several columns become a matrix", () => {
  const source = table({ x: [1, 2, 3], y: [4, 5, 6], ok: [true, false, true] });
  assert.deepEqual(arrayFromTable(source, ["x", "y"]), fromNumbers([1, 4, 2, 5, 3, 6], [3, 2]));
  assert.deepEqual(arrayFromTable(source, ["ok", "x"]), fromNumbers([1, 1, 0, 2, 1, 3], [3, 2]));
});

test("unknown columns, texts and missing values are refused with their place", async () => {
  const source = table({ x: [1, null, 3], name: ["a", "b", "c"] });
  const unknown = await refused("E_DATA_FORMAT", () => arrayFromTable(source, "z"));
  assert.match(unknown.hint, /x, name/);
  const missing = await refused("E_DATA_FORMAT", () => arrayFromTable(source, "x"));
  assert.match(missing.sentence, /Row 1 of column "x" is null/);
  const text = await refused("E_DATA_FORMAT", () => arrayFromTable(source, ["name"]));
  assert.match(text.sentence, /Row 0 of column "name" is a text/);
});

test("arrays become tables and come back", async () => {
  const matrix = fromNumbers([1, 2, 3, 4, 5, 6], [3, 2]);
  const made = await tableFromArray(matrix, ["x", "y"]);
  assert.deepEqual(made.columnNames(), ["x", "y"]);
  assert.deepEqual(arrayFromTable(made, ["x", "y"]), matrix);
  assert.deepEqual((await tableFromArray(matrix)).columnNames(), ["c0", "c1"]);
  const halves = await tableFromArray(fromNumbers([0.5, 2], [2], "float16"));
  assert.deepEqual([...halves.array("value")], [0.5, 2]);
  const flags = await tableFromArray(fromNumbers([1, 0], [2], "bool"));
  assert.deepEqual([...flags.array("value")], [true, false]);
  assert.deepEqual([...toNumbers(arrayFromTable(flags, "value"))], [1, 0]);
});

test("what is no table is refused", async () => {
  await refused("E_SHAPE", () => tableFromArray(zerosArray([])));
  await refused("E_SHAPE", () => tableFromArray(zerosArray([1, 2, 3])));
  await refused("E_SHAPE", () => tableFromArray(zerosArray([2, 2]), ["x"]));
});
