import { IF, REG, V, type Assembler } from "./assembler.js";
import { LANES, TILE_COLUMNS } from "./gemm-plan.js";

// rsi: the block of B; rdi: where its panels go; r9: its columns. All but r9 are used up.
const { rax, rcx, rdx, rsi, rdi, r9, r10 } = REG;
const PANEL_ROW = TILE_COLUMNS * 4;

/** k1, k2 = which of the next 32 columns exist, of `left`; uses rcx, rdx */
export function columnMasks(asm: Assembler, left: number): void {
  const [full, set] = [asm.label(), asm.label()];
  asm.compareImmediate(left, TILE_COLUMNS);
  asm.jumpIf(IF.notBelow, full);
  asm.move(rcx, left);
  asm.constant(rdx, 1);
  asm.shiftLeft(rdx);
  asm.addImmediate(rdx, -1);
  asm.jump(set);
  asm.place(full);
  asm.constant(rdx, 0xffffffff);
  asm.place(set);
  asm.moveMask(1, rdx);
  asm.shiftRight(rdx, 16);
  asm.moveMask(2, rdx);
}

/** Rows of B, `n` floats apart: each is read from end to end and dealt to the panels. */
export function packRows(asm: Assembler, n: number, depth: number): void {
  const [row, panel, last, next] = [asm.label(), asm.label(), asm.label(), asm.label()];
  asm.move(rax, r9);
  asm.andImmediate(rax, TILE_COLUMNS - 1);
  columnMasks(asm, rax);
  asm.constant(rcx, depth);
  asm.place(row);
  asm.move(rdx, rsi);
  asm.move(r10, rdi);
  asm.move(rax, r9);
  asm.place(panel);
  asm.compareImmediate(rax, TILE_COLUMNS);
  asm.jumpIf(IF.below, last);
  for (const disp of [0, 64]) {
    asm.vector(V.load, disp / 64, 0, { base: rdx, disp });
    asm.vector(V.store, disp / 64, 0, { base: r10, disp });
  }
  asm.addImmediate(rdx, PANEL_ROW);
  asm.addImmediate(r10, depth * PANEL_ROW);
  asm.addImmediate(rax, -TILE_COLUMNS);
  asm.jump(panel);
  asm.place(last);
  asm.compareImmediate(rax, 0);
  asm.jumpIf(IF.equal, next);
  for (const disp of [0, 64]) {
    asm.vector(V.load, disp / 64, 0, { base: rdx, disp }, { mask: 1 + disp / 64, zero: true });
    asm.vector(V.store, disp / 64, 0, { base: r10, disp });
  }
  asm.place(next);
  asm.addImmediate(rsi, n * 4);
  asm.addImmediate(rdi, PANEL_ROW);
  asm.addImmediate(rcx, -1);
  asm.jumpIf(IF.notEqual, row);
}

/** Rows of Bᵀ, `k` floats apart: whole panels are transposed in registers, the last columns gathered one by one. */
export function packTransposed(asm: Assembler, k: number, depth: number): void {
  const [panel, partial, done] = [asm.label(), asm.label(), asm.label()];
  asm.move(rax, r9);
  asm.place(panel);
  asm.compareImmediate(rax, TILE_COLUMNS);
  asm.jumpIf(IF.below, partial);
  for (const half of [0, 1]) transposeHalf(asm, k, depth, half);
  asm.addImmediate(rsi, TILE_COLUMNS * k * 4);
  asm.addImmediate(rdi, depth * PANEL_ROW);
  asm.addImmediate(rax, -TILE_COLUMNS);
  asm.jump(panel);
  asm.place(partial);
  asm.compareImmediate(rax, 0);
  asm.jumpIf(IF.equal, done);
  gatherPanel(asm, k, depth);
  asm.place(done);
}

/** 16 columns of a panel, 16 terms at a time. Uses rcx, rdx, r10. */
function transposeHalf(asm: Assembler, k: number, depth: number, half: number): void {
  const whole = Math.floor(depth / LANES);
  asm.address(rdx, { base: rsi, disp: half * LANES * k * 4 });
  asm.address(r10, { base: rdi, disp: half * 64 });
  if (whole > 0) {
    asm.constant(rcx, whole);
    const loop = asm.label();
    asm.place(loop);
    transposeSquare(asm, k, LANES);
    asm.addImmediate(rdx, 64);
    asm.addImmediate(r10, LANES * PANEL_ROW);
    asm.addImmediate(rcx, -1);
    asm.jumpIf(IF.notEqual, loop);
  }
  if (depth % LANES > 0) transposeSquare(asm, k, depth % LANES);
}

/** `terms` (up to 16) terms of 16 columns: rows of Bᵀ at rdx become rows of the panel at r10. */
function transposeSquare(asm: Assembler, k: number, terms: number): void {
  const mask = terms < LANES ? 3 : 0;
  if (mask) {
    asm.push(rcx);
    asm.constant(rcx, 2 ** terms - 1);
    asm.moveMask(mask, rcx);
    asm.pop(rcx);
  }
  const [rows, mixed] = [0, LANES];
  for (let i = 0; i < LANES; i++)
    asm.vector(V.load, rows + i, 0, { base: rdx, disp: i * k * 4 }, { mask, zero: mask > 0 });
  for (let i = 0; i < LANES; i += 2) {
    asm.vector(V.unpackLow, mixed + i, rows + i, rows + i + 1);
    asm.vector(V.unpackHigh, mixed + i + 1, rows + i, rows + i + 1);
  }
  for (let i = 0; i < LANES; i += 4) {
    for (const [to, from, immediate] of [
      [0, 0, 0x44],
      [1, 0, 0xee],
      [2, 1, 0x44],
      [3, 1, 0xee],
    ] as const)
      asm.vector(V.shuffle, rows + i + to, mixed + i + from, mixed + i + from + 2, { immediate });
  }
  quarters(asm, rows, mixed, [0, 1, 2, 3, 8, 9, 10, 11], 4);
  quarters(asm, mixed, rows, [0, 1, 2, 3, 4, 5, 6, 7], 8);
  for (let term = 0; term < terms; term++)
    asm.vector(V.store, rows + term, 0, { base: r10, disp: term * PANEL_ROW });
}

/** to[i] = even quarters of from[i] and from[i + apart], to[i + apart] = odd ones */
function quarters(asm: Assembler, from: number, to: number, which: readonly number[], apart: number): void {
  for (const i of which) {
    asm.vector(V.shuffleQuarters, to + i, from + i, from + i + apart, { immediate: 0x88 });
    asm.vector(V.shuffleQuarters, to + i + apart, from + i, from + i + apart, { immediate: 0xdd });
  }
}

/** The last columns of Bᵀ (rax of them), term by term. Uses rcx, rdx, r10. */
function gatherPanel(asm: Assembler, k: number, depth: number): void {
  asm.vectorConstant(
    31,
    Int32Array.from({ length: LANES }, (_, i) => i * k),
  );
  columnMasks(asm, rax);
  asm.constant(rcx, depth);
  asm.move(rdx, rsi);
  const term = asm.label();
  asm.place(term);
  asm.address(r10, { base: rdx, disp: LANES * k * 4 });
  for (const [v, base] of [
    [0, rdx],
    [1, r10],
  ] as const) {
    asm.vector(V.xor, v, v, v);
    asm.copyMask(3, v + 1);
    asm.vector(V.gather, v, 0, { base, index: 31, scale: 4 }, { mask: 3 });
    asm.vector(V.store, v, 0, { base: rdi, disp: v * 64 });
  }
  asm.addImmediate(rdx, 4);
  asm.addImmediate(rdi, PANEL_ROW);
  asm.addImmediate(rcx, -1);
  asm.jumpIf(IF.notEqual, term);
}
