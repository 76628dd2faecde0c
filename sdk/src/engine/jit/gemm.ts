import type { Shape } from "../../tensor/index.js";
import { IF, Assembler, REG, V } from "./assembler.js";
import {
  planGemm,
  STRIP_BYTES,
  TILE_COLUMNS,
  TILE_ROWS,
  type GemmPlan,
  type GemmShape,
} from "./gemm-plan.js";
import { columnMasks, packRows, packTransposed } from "./gemm-pack.js";
import type { NativeKernel } from "./kernel.js";
import { giveScratch, takeScratch } from "./scratch.js";

export type { GemmShape } from "./gemm-plan.js";

/** The product as a kernel of A, B and the bias where there is one. @param output the shape C is given */
export function gemmKernel(shape: GemmShape, output: Shape): NativeKernel {
  const { batch, m, n, k, transA, transB, alpha, bias } = shape;
  const plan = planGemm(shape);
  const how = `${transA ? "t" : "n"}${transB ? "t" : "n"}${bias ? "b" : ""}`;
  return {
    name: `gemm_${batch}_${m}_${n}_${k}_${how}_${alpha}_as_${output.join("_")}`,
    inputs: bias ? 3 : 2,
    outputs: [output],
    tasks: plan.tasks,
    emit: (asm) => emitGemm(asm, shape, plan),
  };
}

// rdi: pointers {A, B, bias, C}; rsi: task number. Both are consumed by the prologue.
const { rax, rcx, rdx, rbx, rsp, rbp, rsi, rdi, r8, r9, r10, r11, r12, r13, r14, r15 } = REG;

/**
 * Code of one task: void task(float**, index).
 *
 * For each piece of the sum, the columns of B that the task needs are packed into panels of 32; every strip of 14 rows of
 * A then meets every panel in registers. A is read in place: rows one element at a time, broadcast.
 *
 * @source Goto and van de Geijn 2008, "Anatomy of high-performance matrix multiplication"
 */
export function emitGemm(asm: Assembler, shape: GemmShape, plan: GemmPlan): void {
  const { m, n, k, transA, transB } = shape;
  asm.push(rbx, rbp, r12, r13, r14, r15);
  // rax = task; split into batch, row task, column task
  asm.move(rax, rsi);
  asm.constant(rcx, plan.columnTasks);
  asm.divide(rcx);
  asm.move(rbx, rdx); // column task
  asm.constant(rcx, plan.rowTasks);
  asm.divide(rcx); // rax = batch, rdx = row task
  asm.move(rbp, rdx);
  asm.loadQuad(r12, { base: rdi, disp: 0 });
  asm.loadQuad(r13, { base: rdi, disp: 8 });
  const output = shape.bias ? 24 : 16;
  if (shape.bias) asm.loadQuad(r11, { base: rdi, disp: 16 });
  asm.loadQuad(r14, { base: rdi, disp: output });
  advance(asm, r12, rax, m * k * 4);
  advance(asm, r13, rax, n * k * 4);
  advance(asm, r14, rax, m * n * 4);
  advance(asm, r12, rbp, transA ? plan.rows * 4 : plan.rows * k * 4);
  advance(asm, r14, rbp, plan.rows * n * 4);
  advance(asm, r13, rbx, plan.columnsOfTask * (transB ? k : 1) * 4);
  advance(asm, r14, rbx, plan.columnsOfTask * 4);
  if (shape.bias) advance(asm, r11, rbx, plan.columnsOfTask * 4);
  // r8 = rows of this task; its columns that are left lie on the stack, r9 = those of the block at hand
  remaining(asm, r8, rbp, plan.rows, m);
  remaining(asm, r9, rbx, plan.columnsOfTask, n);
  asm.addImmediate(rsp, -16);
  asm.storeQuad({ base: rsp }, r9);
  takeScratch(asm, r15, { base: rsp, disp: 8 });
  const block = asm.label();
  const narrow = asm.label();
  asm.place(block);
  asm.loadQuad(r9, { base: rsp });
  asm.compareImmediate(r9, plan.columns);
  asm.jumpIf(IF.below, narrow);
  asm.constant(r9, plan.columns);
  asm.place(narrow);
  const task = new TaskCode(asm, shape, plan);
  for (let start = 0; start < k; start += plan.depth) task.piece(start, Math.min(plan.depth, k - start));
  asm.addImmediate(r13, plan.columns * (transB ? k : 1) * 4);
  asm.addImmediate(r14, plan.columns * 4);
  if (shape.bias) asm.addImmediate(r11, plan.columns * 4);
  asm.loadQuad(r9, { base: rsp });
  asm.addImmediate(r9, -plan.columns);
  asm.storeQuad({ base: rsp }, r9);
  asm.compareImmediate(r9, 0);
  asm.jumpIf(IF.greater, block);
  giveScratch(asm, { base: rsp, disp: 8 });
  asm.addImmediate(rsp, 16);
  asm.pop(r15, r14, r13, r12, rbp, rbx);
  asm.return();
}

/** pointer += index · bytes; uses rcx */
function advance(asm: Assembler, pointer: number, index: number, bytes: number): void {
  if (bytes === 0) return;
  asm.constant(rcx, bytes);
  asm.multiply(rcx, index);
  asm.add(pointer, rcx);
}

/** to = min(size, total − index · size); uses rcx */
function remaining(asm: Assembler, to: number, index: number, size: number, total: number): void {
  asm.constant(to, total);
  asm.multiplyImmediate(rcx, index, size);
  asm.subtract(to, rcx);
  asm.compareImmediate(to, size);
  const fits = asm.label();
  asm.jumpIf(IF.below, fits);
  asm.constant(to, size);
  asm.place(fits);
}

class TaskCode {
  constructor(
    readonly asm: Assembler,
    readonly shape: GemmShape,
    readonly plan: GemmPlan,
  ) {}

  /** One piece of the sum: pack, then multiply. Registers r8, r9, r11 … r15 keep their meaning. */
  piece(start: number, depth: number): void {
    const { asm, shape, plan } = this;
    const { transA, k, n, m } = shape;
    this.pack(start, depth);
    asm.offset(rdi, r12, start * (transA ? m : 1) * 4);
    asm.move(rdx, r14);
    asm.move(rax, r8);
    const done = asm.label();
    const next = asm.label();
    asm.place(next);
    const tail = asm.label();
    asm.compareImmediate(rax, TILE_ROWS);
    asm.jumpIf(IF.below, tail);
    this.strip(TILE_ROWS, start, depth);
    asm.addImmediate(rdi, transA ? TILE_ROWS * 4 : TILE_ROWS * k * 4);
    asm.addImmediate(rdx, TILE_ROWS * n * 4);
    asm.addImmediate(rax, -TILE_ROWS);
    asm.jump(next);
    asm.place(tail);
    const tails = new Set([
      m % plan.rows === 0 ? plan.rows % TILE_ROWS : (m % plan.rows) % TILE_ROWS,
      plan.rows % TILE_ROWS,
    ]);
    for (const rows of tails) {
      if (rows === 0) continue;
      const skip = asm.label();
      asm.compareImmediate(rax, rows);
      asm.jumpIf(IF.notEqual, skip);
      this.strip(rows, start, depth);
      asm.jump(done);
      asm.place(skip);
    }
    asm.place(done);
  }

  /** Columns of B as panels [depth][32] in scratch; lanes beyond the last column are zero. */
  pack(start: number, depth: number): void {
    const { asm, shape } = this;
    asm.offset(rsi, r13, start * (shape.transB ? 4 : shape.n * 4));
    asm.move(rdi, r15);
    if (shape.transB) packTransposed(asm, shape.k, depth);
    else packRows(asm, shape.n, depth);
  }

  /** Some rows of A (at rdi) against all panels, into C (at rdx). Uses rcx, rsi, rbx, rbp, r10. */
  strip(rows: number, start: number, depth: number): void {
    const { asm } = this;
    asm.push(rax, rdx);
    if (this.plan.packsA) this.packStrip(rows, depth);
    asm.move(rbp, r9);
    asm.move(rsi, r15);
    asm.move(rbx, rdx);
    asm.move(r10, r11);
    const panel = asm.label();
    asm.place(panel);
    this.tile(rows, start, depth);
    asm.addImmediate(rbx, TILE_COLUMNS * 4);
    asm.addImmediate(r10, TILE_COLUMNS * 4);
    asm.addImmediate(rbp, -TILE_COLUMNS);
    asm.compareImmediate(rbp, 0);
    asm.jumpIf(IF.greater, panel);
    asm.pop(rdx, rax);
  }

  /** A strip of Aᵀ (at rdi) as [depth][16] behind the panels of B. Uses rax, rcx, rsi. */
  packStrip(rows: number, depth: number): void {
    const { asm, shape } = this;
    asm.constant(rcx, 2 ** rows - 1);
    asm.moveMask(3, rcx);
    asm.move(rax, rdi);
    asm.address(rsi, { base: r15, disp: this.stripAt });
    asm.constant(rcx, depth);
    const column = asm.label();
    asm.place(column);
    asm.vector(V.load, 0, 0, { base: rax }, { mask: 3, zero: true });
    asm.vector(V.store, 0, 0, { base: rsi });
    asm.addImmediate(rax, shape.m * 4);
    asm.addImmediate(rsi, STRIP_BYTES);
    asm.addImmediate(rcx, -1);
    asm.jumpIf(IF.notEqual, column);
  }

  get stripAt(): number {
    return this.plan.columns * this.plan.depth * 4;
  }

  /** rows × 32 of C (at rbx) += A (rows at rdi) · panel (at rsi); leaves rsi behind the panel. */
  tile(rows: number, start: number, depth: number): void {
    const { asm } = this;
    columnMasks(asm, rbp);
    for (let i = 0; i < 2 * rows; i++) asm.vector(V.xor, i, i, i);
    if (this.plan.packsA) asm.address(rax, { base: r15, disp: this.stripAt });
    else asm.move(rax, rdi);
    const unroll = 4;
    const whole = Math.floor(depth / unroll);
    if (whole > 0) {
      asm.constant(rcx, whole);
      const loop = asm.label();
      asm.place(loop);
      for (let step = 0; step < unroll; step++) this.step(rows, step);
      asm.addImmediate(rax, unroll * this.stepA());
      asm.addImmediate(rsi, unroll * 128);
      asm.addImmediate(rcx, -1);
      asm.jumpIf(IF.notEqual, loop);
    }
    for (let step = 0; step < depth % unroll; step++) this.step(rows, step);
    if (depth % unroll) asm.addImmediate(rsi, (depth % unroll) * 128);
    this.store(rows, start);
  }

  stepA(): number {
    if (this.plan.packsA) return STRIP_BYTES;
    return this.shape.transA ? this.shape.m * 4 : 4;
  }

  step(rows: number, step: number): void {
    const { asm, shape } = this;
    asm.vector(V.load, 28, 0, { base: rsi, disp: step * 128 });
    asm.vector(V.load, 29, 0, { base: rsi, disp: step * 128 + 64 });
    for (let row = 0; row < rows; row++) {
      const disp = step * this.stepA() + (shape.transA ? row * 4 : row * shape.k * 4);
      const a = 30 + (row & 1);
      asm.vector(V.broadcast, a, 0, { base: rax, disp });
      asm.vector(V.fma231, 2 * row, a, 28);
      asm.vector(V.fma231, 2 * row + 1, a, 29);
    }
  }

  store(rows: number, start: number): void {
    const { asm, shape } = this;
    const first = start === 0;
    if (shape.alpha !== 1) asm.broadcastConstant(28, shape.alpha);
    if (first && shape.bias) {
      for (const v of [0, 1])
        asm.vector(V.load, 30 + v, 0, { base: r10, disp: 64 * v }, { mask: v + 1, zero: true });
    }
    for (let row = 0; row < rows; row++) {
      for (const v of [0, 1]) {
        const at = 2 * row + v;
        const where = { base: rbx, disp: row * shape.n * 4 + v * 64 };
        if (!first) {
          asm.vector(V.load, 29, 0, where, { mask: v + 1, zero: true });
          if (shape.alpha === 1) asm.vector(V.add, at, at, 29);
          else asm.vector(V.fma213, at, 28, 29);
        } else if (shape.bias) {
          if (shape.alpha === 1) asm.vector(V.add, at, at, 30 + v);
          else asm.vector(V.fma213, at, 28, 30 + v);
        } else if (shape.alpha !== 1) asm.vector(V.mul, at, at, 28);
        asm.vector(V.store, at, 0, where, { mask: v + 1 });
      }
    }
  }
}
