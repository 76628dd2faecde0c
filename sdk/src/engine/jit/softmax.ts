import type { Shape } from "../../tensor/index.js";
import { IF, REG, V, type Assembler } from "./assembler.js";
import { Registers, expOf } from "./functions.js";
import type { NativeKernel } from "./kernel.js";

export interface SoftmaxShape {
  readonly rows: number;
  readonly width: number;
  /** Row r sees its first width − time + 1 + (r mod time) elements; undefined: all. The others get 0. */
  readonly time?: number | undefined;
}

const LANES = 16;
const TASK = 16_384;
const { rax, rcx, rdx, rbx, rbp, rsi, rdi, r8, r9, r10, r12 } = REG;

/** softmax of each row, over the part of it that causal attention lets it see. */
export function softmaxKernel(shape: SoftmaxShape, output: Shape): NativeKernel {
  const { rows, width, time } = shape;
  const perTask = Math.max(1, Math.ceil(TASK / width));
  return {
    name: `softmax_${rows}_${width}_${time ?? "all"}_as_${output.join("_")}`,
    inputs: 1,
    outputs: [output],
    tasks: Math.ceil(rows / perTask),
    mayShare: [[0, 0]],
    emit: (asm) => emitSoftmax(asm, shape, perTask),
  };
}

// r8, r9: the row in and out; r10: rows left; rdx: elements the row sees; rbp: bytes of whole vectors; k1: the last ones.
function emitSoftmax(asm: Assembler, { rows, width, time }: SoftmaxShape, perTask: number): void {
  asm.push(rbx, rbp, r12);
  asm.multiplyImmediate(rbx, rsi, perTask);
  asm.loadQuad(r8, { base: rdi, disp: 0 });
  asm.loadQuad(r9, { base: rdi, disp: 8 });
  asm.multiplyImmediate(rcx, rbx, width * 4);
  asm.add(r8, rcx);
  asm.add(r9, rcx);
  asm.constant(r10, rows);
  asm.subtract(r10, rbx);
  asm.compareImmediate(r10, perTask);
  const fewer = asm.label();
  asm.jumpIf(IF.below, fewer);
  asm.constant(r10, perTask);
  asm.place(fewer);
  const next = asm.label();
  asm.place(next);
  seen(asm, width, time);
  row(asm, width, time !== undefined);
  asm.addImmediate(r8, width * 4);
  asm.addImmediate(r9, width * 4);
  asm.addImmediate(rbx, 1);
  asm.addImmediate(r10, -1);
  asm.jumpIf(IF.notEqual, next);
  asm.pop(r12, rbp, rbx);
  asm.return();
}

/** rdx = how many elements row rbx sees; rbp = bytes of whole vectors of them; k1 = the lanes of the rest. */
function seen(asm: Assembler, width: number, time: number | undefined): void {
  if (time === undefined) asm.constant(rdx, width);
  else {
    asm.move(rax, rbx);
    asm.constant(rcx, time);
    asm.divide(rcx);
    asm.addImmediate(rdx, width - time + 1);
  }
  asm.move(rbp, rdx);
  asm.shiftRight(rbp, 4);
  asm.multiplyImmediate(rbp, rbp, 64);
  asm.move(rcx, rdx);
  asm.andImmediate(rcx, LANES - 1);
  asm.constant(rsi, 1);
  asm.shiftLeft(rsi);
  asm.addImmediate(rsi, -1);
  asm.moveMask(1, rsi);
}

/** Calls `body` for every vector of the row: mask 0 for whole ones, 1 for the last. */
function eachVector(asm: Assembler, body: (mask: number) => void): void {
  const [loop, rest, done] = [asm.label(), asm.label(), asm.label()];
  asm.constant(rcx, 0);
  asm.place(loop);
  asm.compare(rcx, rbp);
  asm.jumpIf(IF.notBelow, rest);
  body(0);
  asm.addImmediate(rcx, 64);
  asm.jump(loop);
  asm.place(rest);
  asm.compareImmediate(rsi, 0);
  asm.jumpIf(IF.equal, done);
  body(1);
  asm.place(done);
}

function row(asm: Assembler, width: number, partial: boolean): void {
  const registers = new Registers(32);
  const [x, e, top, total] = [registers.take(), registers.take(), registers.take(), registers.take()];
  const from = { base: r8, index: rcx, scale: 1 as const };
  const to = { base: r9, index: rcx, scale: 1 as const };
  asm.broadcastConstant(top, -Infinity);
  eachVector(asm, (mask) => {
    asm.vector(V.load, x, 0, from, { mask, zero: mask > 0 });
    asm.vector(V.max, top, top, x, { mask });
  });
  across(asm, V.max, top, x);
  asm.vector(V.xor, total, total, total);
  eachVector(asm, (mask) => {
    asm.vector(V.load, x, 0, from, { mask, zero: mask > 0 });
    asm.vector(V.sub, x, x, top);
    expOf(asm, registers, e, x);
    asm.vector(V.add, total, total, e, { mask });
    asm.vector(V.store, e, 0, to, { mask });
  });
  across(asm, V.add, total, x);
  asm.broadcastConstant(x, 1);
  asm.vector(V.div, total, x, total);
  eachVector(asm, (mask) => {
    asm.vector(V.mul, e, total, to, { mask, zero: mask > 0 });
    asm.vector(V.store, e, 0, to, { mask });
  });
  if (partial) clear(asm, width, e);
}

/** Zeros from element rdx to the end of the row. */
function clear(asm: Assembler, width: number, zero: number): void {
  const [loop, done, last] = [asm.label(), asm.label(), asm.label()];
  asm.vector(V.xor, zero, zero, zero);
  asm.constant(rcx, width);
  asm.subtract(rcx, rdx);
  asm.address(rax, { base: r9, index: rdx, scale: 4 });
  asm.place(loop);
  asm.compareImmediate(rcx, LANES);
  asm.jumpIf(IF.below, last);
  asm.vector(V.store, zero, 0, { base: rax });
  asm.addImmediate(rax, 64);
  asm.addImmediate(rcx, -LANES);
  asm.jump(loop);
  asm.place(last);
  asm.compareImmediate(rcx, 0);
  asm.jumpIf(IF.equal, done);
  asm.constant(rsi, 1);
  asm.shiftLeft(rsi);
  asm.addImmediate(rsi, -1);
  asm.moveMask(1, rsi);
  asm.vector(V.store, zero, 0, { base: rax }, { mask: 1 });
  asm.place(done);
}

/** register = `op` over its lanes, in every lane */
export function across(asm: Assembler, op: typeof V.add, register: number, t: number): void {
  for (const immediate of [0x4e, 0xb1]) {
    asm.vector(V.shuffleQuarters, t, register, register, { immediate });
    asm.vector(op, register, register, t);
  }
  for (const immediate of [0x4e, 0xb1]) {
    asm.vector(V.permute, t, 0, register, { immediate });
    asm.vector(op, register, register, t);
  }
}
