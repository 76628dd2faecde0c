import assert from "node:assert/strict";
import { test } from "node:test";
import {
  cholesky,
  eigh,
  fromArray,
  fromNumbers,
  inverse,
  lstsq,
  pinv,
  qr,
  Random,
  slogdet,
  solve,
  svd,
  tensor,
  toNumbers,
  triangularSolve,
  zeros,
  type Tensor,
} from "gradlab";
import { refused } from "../../refused.js";

type Rows = readonly (readonly number[])[];

const double = (rows: Rows): Tensor =>
  fromArray(fromNumbers(rows.flat(), [rows.length, rows[0]?.length ?? 0], "float64"));

async function rowsOf(t: Tensor): Promise<Rows> {
  const [rows, columns] = t.shape;
  const values = toNumbers(await t.array());
  return Array.from({ length: rows }, (_, i) => [...values.subarray(i * columns, (i + 1) * columns)]);
}

const transposed = (a: Rows): Rows => a[0].map((_, j) => a.map((row) => row[j]));
const product = (a: Rows, b: Rows): Rows =>
  a.map((row) => transposed(b).map((column) => row.reduce((total, x, k) => total + x * column[k], 0)));
const largest = (a: Rows): number => Math.max(0, ...a.flat().map(Math.abs));
const difference = (a: Rows, b: Rows): number => largest(a.map((row, i) => row.map((x, j) => x - b[i][j])));
const identity = (n: number): Rows =>
  Array.from({ length: n }, (_, i) => Array.from({ length: n }, (__, j) => +(i === j)));
const scaled = (a: Rows, s: readonly number[]): Rows => a.map((row) => row.map((x, j) => x * s[j]));

function random(rows: number, columns: number, seed: number): Rows {
  const source = new Random(seed);
  return Array.from({ length: rows }, () => Array.from({ length: columns }, () => source.uniform() * 2 - 1));
}

const hilbert = (n: number): Rows =>
  Array.from({ length: n }, (_, i) => Array.from({ length: n }, (__, j) => 1 / (i + j + 1)));
const rankOne: Rows = [1, 2, -3, 4].map((x) => [2, 0.5, 1].map((y) => x * y));

/** Shapes, conditions, scales and ranks that algorithms fail on. */
const MATRICES: Readonly<Record<string, Rows>> = {
  "one number": [[-3]],
  "one row": [[3, 4, 0]],
  "one column": [[3], [4], [0]],
  "4 × 4": random(4, 4, 1),
  "30 × 20": random(30, 20, 2),
  "20 × 30": random(20, 30, 3),
  "40 × 40": random(40, 40, 4),
  zeros: [
    [0, 0],
    [0, 0],
    [0, 0],
  ],
  "an identity": identity(5),
  "of rank one": rankOne,
  "of rank one, wide": transposed(rankOne),
  "with equal columns": random(6, 2, 5).map(([x, y]) => [x, x, y, y]),
  "with a column of zeros": random(5, 3, 6).map(([x, , z]) => [x, 0, z]),
  "Hilbert 10 × 10 (condition 10¹³)": hilbert(10),
  "of huge numbers": scaled(random(4, 3, 7), [1e200, 1e200, 1e200]),
  "of tiny numbers": scaled(random(4, 3, 8), [1e-200, 1e-200, 1e-200]),
  "with columns of very different lengths": scaled(random(5, 4, 9), [1e8, 1, 1e-8, 1e-15]),
  // Large ones are made bidiagonal.
  "100 × 80": random(100, 80, 11),
  "70 × 110": random(70, 110, 12),
  "80 × 80, of rank 5": product(random(80, 5, 13), random(5, 80, 14)),
  "zeros 70 × 70": random(70, 70, 15).map((row) => row.map(() => 0)),
  "an identity 70 × 70": identity(70),
  "90 × 70 with equal columns": random(90, 35, 16).map((row) => [...row, ...row]),
  "Hilbert 70 × 70": hilbert(70),
  "second differences 75 × 75": identity(75).map((row, i) =>
    row.map((x, j) => 2 * x - +(Math.abs(i - j) === 1)),
  ),
  "bidiagonal 70 × 70 with a zero within": identity(70).map((row, i) =>
    row.map((x, j) => (i === 30 ? 0 : x * (i + 1)) + +(j === i + 1)),
  ),
  "70 × 70, ending in a column of zeros": random(70, 69, 17).map((row) => [...row, 0]),
  "of huge numbers 70 × 66": scaled(random(70, 66, 18), new Array<number>(66).fill(1e200)),
};

const near = (what: string, error: number, allowed: number): void =>
  assert.ok(error <= allowed, `${what}: error ${error}, allowed ${allowed}`);

for (const [name, a] of Object.entries(MATRICES)) {
  const [rows, columns] = [a.length, a[0].length];
  const rank = Math.min(rows, columns);

  test(`svd of a matrix ${name}: factors rebuild it, are orthonormal, values descend`, async () => {
    const parts = svd(double(a));
    const [u, vt] = [await rowsOf(parts.u), await rowsOf(parts.vt)];
    const s = [...toNumbers(await parts.s.array())];
    near("U diag(s) Vᵀ − A", difference(product(scaled(u, s), vt), a), 1e-13 * largest(a));
    near("UᵀU − I", difference(product(transposed(u), u), identity(rank)), 1e-12);
    near("VᵀV − I", difference(product(vt, transposed(vt)), identity(rank)), 1e-12);
    assert.ok(s.every((value, i) => value >= 0 && (i === 0 || value <= s[i - 1])));
  });

  test(`qr of a matrix ${name}: factors rebuild it, Q is orthonormal, R triangular`, async () => {
    const parts = qr(double(a));
    const [q, r] = [await rowsOf(parts.q), await rowsOf(parts.r)];
    near("Q R − A", difference(product(q, r), a), 1e-13 * largest(a));
    near("QᵀQ − I", difference(product(transposed(q), q), identity(rank)), 1e-12);
    r.forEach((row, i) => row.forEach((x, j) => assert.ok(j >= i ? i !== j || x >= 0 : x === 0)));
  });

  test(`pinv of a matrix ${name} fulfils Penrose's conditions`, async (t) => {
    if (name.startsWith("Hilbert") || name.includes("different lengths"))
      return t.skip("conditioned too ill for them");
    const p = await rowsOf(pinv(double(a)));
    near("A A⁺ A − A", difference(product(product(a, p), a), a), 1e-12 * largest(a));
    near("A⁺ A A⁺ − A⁺", difference(product(product(p, a), p), p), 1e-10 * largest(p));
    for (const projector of [product(a, p), product(p, a)])
      near("projector − its transpose", difference(projector, transposed(projector)), 1e-12);
  });
}

const SYMMETRIC: Readonly<Record<string, Rows>> = {
  "one number": [[-3]],
  zeros: [
    [0, 0],
    [0, 0],
  ],
  "an identity": identity(4),
  "of equal eigenvalues": [
    [2, 1, 1],
    [1, 2, 1],
    [1, 1, 2],
  ],
  "40 × 40": product(random(40, 40, 1), transposed(random(40, 40, 1))).map((row, i) =>
    row.map((x, j) => (i === j ? x - 10 : x)),
  ),
  "Hilbert 12 × 12": hilbert(12),
  "of huge numbers": [
    [1e200, 2e200],
    [2e200, -1e200],
  ],
  "of tiny numbers": [
    [1e-200, 2e-200],
    [2e-200, -1e-200],
  ],
  // Large ones are made tridiagonal.
  "90 × 90": random(90, 90, 21).map((row, i, a) => row.map((x, j) => x + a[j][i])),
  "80 × 80, of rank 5": product(random(80, 5, 13), transposed(random(80, 5, 13))),
  "an identity 70 × 70": identity(70),
  "zeros 66 × 66": random(66, 66, 15).map((row) => row.map(() => 0)),
  "Hilbert 70 × 70": hilbert(70),
  "with blocks apart 80 × 80": identity(80).map((row, i) =>
    row.map((x, j) => x * (i % 7) + +((i ^ j) === 1)),
  ),
  "of tiny numbers 70 × 70": hilbert(70).map((row) => row.map((x) => x * 1e-200)),
};

for (const [name, a] of Object.entries(SYMMETRIC)) {
  test(`eigh of a matrix ${name}: factors rebuild it, vectors are orthonormal, values ascend`, async () => {
    const parts = eigh(double(a));
    const v = await rowsOf(parts.vectors);
    const values = [...toNumbers(await parts.values.array())];
    near("V diag(λ) Vᵀ − A", difference(product(scaled(v, values), transposed(v)), a), 1e-13 * largest(a));
    near("VᵀV − I", difference(product(transposed(v), v), identity(a.length)), 1e-12);
    assert.ok(values.every((value, i) => i === 0 || value >= values[i - 1]));
  });
}

for (const n of [12, 100])
  test(`eigenvalues of a known matrix: 2 − 2cos(kπ/${n + 1}) of second differences`, async () => {
    const a = identity(n).map((row, i) => row.map((_, j) => (i === j ? 2 : Math.abs(i - j) === 1 ? -1 : 0)));
    const got = toNumbers(await eigh(double(a)).values.array());
    got.forEach((value, k) =>
      near(`value ${k}`, Math.abs(value - (2 - 2 * Math.cos(((k + 1) * Math.PI) / (n + 1)))), 1e-14),
    );
  });

test("cholesky rebuilds a matrix, also one of condition 10¹³", async () => {
  for (const a of [hilbert(10), product(random(20, 20, 3), transposed(random(20, 20, 3)))]) {
    const l = await rowsOf(cholesky(double(a)));
    near("L Lᵀ − A", difference(product(l, transposed(l)), a), 1e-14 * a.length * largest(a));
    l.forEach((row, i) => row.forEach((x, j) => assert.ok(j <= i ? i !== j || x > 0 : x === 0)));
  }
});

test("solve leaves a residual of rounding size, also for condition 10¹³ and rows out of order", async () => {
  for (const a of [
    hilbert(10),
    random(30, 30, 5),
    [
      [0, 1],
      [1e-20, 1],
    ],
    [
      [1, 0],
      [0, 1e-20],
    ],
  ]) {
    const b = random(a.length, 2, 6);
    const x = await rowsOf(solve(double(a), double(b)));
    near("A X − B", difference(product(a, x), b), 1e-14 * a.length * Math.max(1, largest(a) * largest(x)));
  }
});

test("inverses, determinants and substitutions agree with each other", async () => {
  const a = random(12, 12, 7);
  const inv = await rowsOf(inverse(double(a)));
  near("A A⁻¹ − I", difference(product(a, inv), identity(12)), 1e-12);
  const [there, back] = [slogdet(double(a)), slogdet(double(inv))];
  near("ln|det A| + ln|det A⁻¹|", Math.abs((await there.logAbs.item()) + (await back.logAbs.item())), 1e-12);
  assert.equal(await there.sign.item(), await back.sign.item());
  const { q, r } = qr(double(a));
  const b = random(12, 1, 8);
  const byQr = await rowsOf(triangularSolve(r, q.transpose().matmul(double(b)), { lower: false }));
  near("R⁻¹Qᵀb − A⁻¹b", difference(byQr, product(inv, b)), 1e-11);
});

test("the determinant of a singular matrix has sign 0 and logarithm −∞", async () => {
  const { sign, logAbs } = slogdet(
    tensor([
      [1, 2],
      [2, 4],
    ]),
  );
  assert.deepEqual([await sign.item(), await logAbs.item()], [0, -Infinity]);
});

test("least squares of a deficient matrix takes the smallest solution", async () => {
  const x = await rowsOf(
    lstsq(
      double([
        [1, 1],
        [1, 1],
      ]),
      double([[1], [3]]),
    ),
  );
  near("x", difference(x, [[1], [1]]), 1e-14);
});

test("float32 matrices are decomposed in double precision and rounded once", async () => {
  const x = await solve(
    tensor([
      [1, 1],
      [1, 1.0000001192092896],
    ]),
    tensor([[2], [2.000000238418579]]),
  ).data();
  assert.deepEqual([...x], [0, 2]);
});

test("what cannot be decomposed is refused by name", async () => {
  const flat = tensor([
    [1, 2],
    [2, 4],
  ]);
  const singular = await refused("E_MATRIX", () => solve(flat, tensor([[1], [1]])).data());
  assert.match(singular.sentence, /the matrix is singular: column 1 depends/);
  assert.match(singular.where, /properties\.test\.[jt]s:\d+/);
  const stack = tensor([
    [
      [1, 0],
      [0, 1],
    ],
    [
      [1, 2],
      [2, 1],
    ],
  ]);
  const indefinite = await refused("E_MATRIX", () => cholesky(stack).data());
  assert.match(indefinite.sentence, /matrix 1 of 2 is not positive definite: its leading 2 × 2 part/);
  const hole = await refused("E_MATRIX", () =>
    triangularSolve(
      tensor([
        [1, 0],
        [1, 0],
      ]),
      tensor([[1], [1]]),
    ).data(),
  );
  assert.match(hole.sentence, /diagonal element 1 is 0/);
  assert.throws(() => cholesky(zeros([2, 3])), /E_SHAPE cholesky needs square matrices.*\[2, 3\]/);
  assert.throws(() => svd(zeros([3])), /E_SHAPE svd needs matrices.*\[3\]/);
  assert.throws(() => eigh(zeros([2, 2], "int32")), /E_DTYPE eigh/);
  assert.throws(() => solve(zeros([2, 2]), zeros([3, 1])), /E_SHAPE solve.*\[2, 2\].*\[3, 1\]/);
  assert.throws(() => lstsq(zeros([3, 2]), zeros([2, 1])), /E_SHAPE lstsq.*\[3, 2\].*\[2, 1\]/);
});
