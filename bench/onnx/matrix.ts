import { hostArray, QUANT_METHODS } from "gradlab";
import { CONTRIB, type OnnxModel } from "gradlab/internal/engine";

/** Bits of the weights: of the matrices (head included) and of the token table. */
export interface OnnxBits {
  readonly linear: 32 | 8 | 4;
  readonly table: 32 | 8;
}

/** A weight [rows, columns] with its outputs as rows. */
export interface Matrix {
  readonly name: string;
  readonly rows: number;
  readonly columns: number;
  readonly data: Float32Array;
}

const BLOCK = 32;

/** Weights one above the other, as exporters join the projections of queries, keys and values. */
export function stack(name: string, parts: readonly Matrix[]): Matrix {
  const [{ columns } = { columns: 0 }] = parts;
  const rows = parts.reduce((sum, part) => sum + part.rows, 0);
  const data = new Float32Array(rows * columns);
  let at = 0;
  for (const part of parts) {
    data.set(part.data, at);
    at += part.data.length;
  }
  return { name, rows, columns, data };
}

/** Integers and scales by the rule of gradlab's own quantizer, so that peers compute with equal numbers. */
function blocksOf(model: OnnxModel, matrix: Matrix, bits: 8 | 4, shape: readonly number[]): string[] {
  const rule = bits === 4 ? QUANT_METHODS.int4_weight_only.linear : QUANT_METHODS.dynamic_int8.linear;
  const { packed, scales } = rule.fit(matrix, BLOCK);
  const { name, rows, columns } = matrix;
  return [
    model.initializer(hostArray(packed, shape), `${name}.packed`),
    model.initializer(hostArray(scales, [rows, columns / BLOCK]), `${name}.scales`),
  ];
}

/** x·Wᵀ: MatMul, or MatMulNBits with activations rounded to eight bits (accuracy level 4, the fastest). */
export function linear(model: OnnxModel, x: string, matrix: Matrix, bits: OnnxBits["linear"]): string {
  const { name, rows, columns, data } = matrix;
  if (bits === 32) {
    const turned = new Float32Array(data.length);
    for (let i = 0; i < rows; i++)
      for (let j = 0; j < columns; j++) turned[j * rows + i] = data[i * columns + j] ?? 0;
    return model.node("MatMul", [x, model.initializer(hostArray(turned, [columns, rows]), name)])[0] ?? "";
  }
  const attributes = { K: columns, N: rows, bits, block_size: BLOCK, accuracy_level: 4 };
  const inputs = [x, ...blocksOf(model, matrix, bits, [rows, columns / BLOCK, (BLOCK * bits) / 8])];
  return model.node("MatMulNBits", inputs, { attributes, domain: CONTRIB })[0] ?? "";
}

/** Rows of the token table, dense or dequantized as they are picked. */
export function lookup(model: OnnxModel, ids: string, matrix: Matrix, bits: OnnxBits["table"]): string {
  const { name, rows, columns, data } = matrix;
  if (bits === 32)
    return model.node("Gather", [model.initializer(hostArray(data, [rows, columns]), name), ids])[0] ?? "";
  const [packed = "", scales = ""] = blocksOf(model, matrix, bits, [rows, columns]);
  const attributes = { bits, block_size: BLOCK, gather_axis: 0, quantize_axis: 1 };
  return model.node("GatherBlockQuantized", [packed, ids, scales], { attributes, domain: CONTRIB })[0] ?? "";
}
