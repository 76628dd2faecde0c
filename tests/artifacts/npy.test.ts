import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import {
  fromNumbers,
  hostArray,
  readNpy,
  readNpz,
  toNumbers,
  writeNpy,
  writeNpz,
  zerosArray,
  type DType,
  type HostArray,
} from "gradlab";
import { refused } from "../refused.js";
import { ROOT } from "../source-files.js";
import { scratch } from "./scratch.js";

const GOLDEN = join(ROOT, "tests", "golden", "npy");
const golden = (name: string): string => join(GOLDEN, name);

type Values = Readonly<
  Record<string, { readonly shape: readonly number[]; readonly values: readonly string[] }>
>;
const VALUES = JSON.parse(readFileSync(golden("values.json"), "utf8")) as Values;

/** Each value as the script wrote it: exactly for integers, to the last bit for floats. */
const texts = (array: HostArray): string[] =>
  array.data instanceof BigInt64Array ? [...array.data].map(String) : [...toNumbers(array)].map(String);

const wanted = (name: string): string[] =>
  VALUES[name].values.map((text) =>
    /^-?\d+$/.test(text) ? text : String(Number(text.replace("inf", "Infinity"))),
  );

const TYPES: Readonly<Record<string, DType>> = {
  int16: "int32",
  uint16: "int32",
  fortran: "float32",
  "big-endian": "int32",
  scalar: "float32",
  empty: "float32",
};

for (const name of Object.keys(VALUES)) {
  test(`${name}: what NumPy wrote is read, value by value`, async () => {
    const array = await readNpy(golden(`${name}.npy`));
    assert.equal(array.dtype, TYPES[name] ?? name);
    assert.deepEqual(array.shape, VALUES[name].shape);
    assert.deepEqual(texts(array), wanted(name));
  });
}

for (const name of [
  "float32",
  "float64",
  "float16",
  "int8",
  "uint8",
  "int32",
  "int64",
  "uint32",
  "bool",
  "scalar",
  "empty",
]) {
  test(`${name}: what is written equals NumPy's own file`, async (t) => {
    const path = join(await scratch(t), "x.npy");
    await writeNpy(path, await readNpy(golden(`${name}.npy`)));
    assert.deepEqual(readFileSync(path), readFileSync(golden(`${name}.npy`)));
  });
}

test("formats 2.0 and 3.0 hold the same", async () => {
  const one = await readNpy(golden("float32.npy"));
  for (const version of [2, 3]) assert.deepEqual(await readNpy(golden(`version-${version}.npy`)), one);
});

test("types that are no numbers are refused, each with what to do", async () => {
  const hints = {
    structured: /each field/,
    objects: /pickled/,
    texts: /float32/,
    complex: /imaginary/,
    uint64: /int64/,
  };
  for (const [name, hint] of Object.entries(hints)) {
    const error = await refused("E_FILE_FORMAT", () => readNpy(golden(`refused-${name}.npy`)));
    assert.match(error.hint, hint, name);
  }
});

test("damaged files are refused with the byte that is wrong", async (t) => {
  const path = join(await scratch(t), "x.npy");
  const whole = readFileSync(golden("float32.npy"));
  const cases: readonly (readonly [Buffer, RegExp])[] = [
    [Buffer.from("PK"), /no \.npy file/],
    [whole.subarray(0, 60), /truncated in its header/],
    [whole.subarray(0, 150), /do not fill \[2, 3, 4\]\. Expected 96, got/],
    [Buffer.concat([whole, Buffer.from("x")]), /do not fill/],
    [Buffer.from(whole.toString("latin1").replace("'shape'", "'shipe'"), "latin1"), /header is damaged/],
    [Buffer.from(whole.toString("latin1").replace("NUMPY\x01", "NUMPY\x07"), "latin1"), /unknown/],
  ];
  for (const [bytes, sentence] of cases) {
    writeFileSync(path, bytes);
    const error = await refused("E_FILE_FORMAT", () => readNpy(path));
    assert.match(error.sentence, sentence);
    assert.match(error.where, /byte \d+$/);
  }
  await refused("E_FILE_NOT_FOUND", async () => readNpy(join(await scratch(t), "none.npy")));
});

test("archives that NumPy wrote are read, stored and deflated", async () => {
  const stored = await readNpz(golden("stored.npz"));
  const { zeros, ...deflated } = await readNpz(golden("deflated.npz"));
  assert.deepEqual(Object.keys(stored), ["float32", "fortran", "bool", "scalar"]);
  assert.deepEqual(deflated, stored);
  assert.deepEqual(stored.float32, stored.fortran);
  assert.deepEqual(zeros.shape, [1024, 512]);
  assert.ok(zeros.data.every((value) => value === 0));
});

test("archives come back as they were written, stored and deflated", async (t) => {
  const arrays = {
    a: fromNumbers([0.5, NaN, -Infinity], [3], "float16"),
    "layer/b": hostArray(BigInt64Array.of(2n ** 60n), []),
    c: zerosArray([0, 4]),
    d: zerosArray([300, 1000], "int8"),
  };
  for (const compress of [false, true]) {
    const path = join(await scratch(t), `${compress}.npz`);
    await writeNpz(path, arrays, { compress });
    assert.deepEqual(await readNpz(path), arrays);
    if (compress) assert.ok(readFileSync(path).length < 4000);
  }
});

test("the stored archive that NumPy has checked is still written byte by byte", async (t) => {
  const names = ["float32", "float16", "int64", "bool", "scalar"];
  const arrays: Record<string, HostArray> = {};
  for (const name of names) arrays[name] = await readNpy(golden(`${name}.npy`));
  const path = join(await scratch(t), "stored.npz");
  await writeNpz(path, arrays);
  assert.deepEqual(readFileSync(path), readFileSync(golden(join("written", "stored.npz"))));
  assert.deepEqual(await readNpz(golden(join("written", "deflated.npz"))), arrays);
});

test("bfloat16 is refused, and nothing is written", async (t) => {
  const path = join(await scratch(t), "x.npy");
  await refused("E_DTYPE", () => writeNpy(path, zerosArray([2], "bfloat16")));
  await refused("E_FILE_NOT_FOUND", () => readNpy(path));
});
