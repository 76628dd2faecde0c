import assert from "node:assert/strict";
import { test } from "node:test";
import { matmul, orthogonalize, Random, tensor, toNumbers, type Tensor } from "gradlab";
import { refused } from "../refused.js";

function matrix(rows: number, columns: number): Tensor {
  const random = new Random(rows);
  return tensor(
    Float32Array.from({ length: rows * columns }, () => random.normal()),
    { shape: [rows, columns] },
  );
}

/** Eigenvalues of a symmetric matrix by Jacobi's rotations. */
function eigenvalues(flat: Float64Array, n: number): number[] {
  const a = Array.from({ length: n }, (_, i) => Array.from(flat.subarray(i * n, (i + 1) * n)));
  for (let sweep = 0; sweep < 30; sweep++) {
    for (let p = 0; p < n; p++) {
      for (let q = p + 1; q < n; q++) {
        const angle = 0.5 * Math.atan2(2 * a[p][q], a[q][q] - a[p][p]);
        const [c, s] = [Math.cos(angle), Math.sin(angle)];
        for (let k = 0; k < n; k++)
          [a[k][p], a[k][q]] = [c * a[k][p] - s * a[k][q], s * a[k][p] + c * a[k][q]];
        for (let k = 0; k < n; k++)
          [a[p][k], a[q][k]] = [c * a[p][k] - s * a[q][k], s * a[p][k] + c * a[q][k]];
      }
    }
  }
  return a.map((row, i) => row[i]);
}

for (const [rows, columns] of [
  [12, 30],
  [30, 12],
  [16, 16],
]) {
  test(`orthogonalize brings the singular values of a [${rows}, ${columns}] matrix near 1`, async () => {
    const x = orthogonalize(matrix(rows, columns));
    assert.deepEqual(x.shape, [rows, columns]);
    const short = Math.min(rows, columns);
    const gram = matmul(x, x, { transA: rows > columns, transB: rows <= columns });
    const squares = eigenvalues(toNumbers(await gram.array()), short);
    const singular = squares.map((value) => Math.sqrt(value)).sort((a, b) => a - b);
    // The quintic leaves them between 0.7 and 1.2, but for those that began near 0.
    assert.ok(singular.at(-1)! < 1.21 && singular[1] > 0.6, singular.join(", "));
  });
}

test("orthogonalize keeps the direction: U·Vᵀ of a diagonal matrix is its signs", async () => {
  const x = await orthogonalize(
    tensor([
      [5, 0],
      [0, -3],
    ]),
  ).data();
  assert.ok(Number(x[0]) > 0.65 && Number(x[3]) < -0.65);
  assert.ok(Math.abs(Number(x[1])) < 1e-6 && Math.abs(Number(x[2])) < 1e-6);
  await refused("E_SHAPE", () => orthogonalize(tensor([1, 2])));
});
