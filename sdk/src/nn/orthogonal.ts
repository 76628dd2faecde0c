import type { Random } from "../tensor/index.js";

/**
 * A random [rows, columns] matrix whose shorter side is orthonormal: normal numbers, made orthogonal one vector after
 * the other (modified Gram–Schmidt, twice, which loses no digits). Uniform over all such matrices.
 */
export function orthogonalRows(rows: number, columns: number, random: Random): Float32Array {
  const [count, length] = [Math.min(rows, columns), Math.max(rows, columns)];
  const vectors: Float64Array[] = [];
  while (vectors.length < count) {
    const v = Float64Array.from({ length }, () => random.normal());
    for (const u of [...vectors, ...vectors]) subtractProjection(v, u);
    const norm = Math.sqrt(dot(v, v));
    vectors.push(v.map((x) => x / norm));
  }
  const wide = rows <= columns;
  return Float32Array.from({ length: rows * columns }, (_, at) => {
    const [row, column] = [Math.floor(at / columns), at % columns];
    return wide ? vectors[row][column] : vectors[column][row];
  });
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i];
  return sum;
}

function subtractProjection(v: Float64Array, unit: Float64Array): void {
  const along = dot(v, unit);
  for (let i = 0; i < v.length; i++) v[i] -= along * unit[i];
}
