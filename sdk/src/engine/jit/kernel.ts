import { IF, Assembler, REG } from "./assembler.js";
import { makeExecutable } from "./executable.js";
import type { Shape } from "../../tensor/index.js";

/**
 * Machine code for one operator of one size. The same name always stands for the same code.
 *
 * A kernel's task is `void task(float** arrays, size_t index)`: `arrays` holds the inputs, then the outputs.
 */
export interface NativeKernel {
  readonly name: string;
  readonly inputs: number;
  readonly outputs: readonly Shape[];
  /** Pieces of work that threads may take in any order. */
  readonly tasks: number;
  /** Pairs of an input and an output that may share memory: whatever is written has been read. */
  readonly mayShare?: readonly (readonly [input: number, output: number])[];
  /** Writes the code of a task. */
  emit(asm: Assembler): void;
}

/** Addresses of the functions of ONNX Runtime that kernels call. */
export interface KernelApi {
  readonly getInput: bigint;
  readonly getOutput: bigint;
  readonly getData: bigint;
  readonly parallelFor: bigint;
}

const { rax, rcx, rdx, rbx, rsp, rsi, rdi, r8, r12 } = REG;

/** Numbers in memory that does not move. */
function pinned(shape: Shape): BigInt64Array {
  const array = new BigInt64Array(new ArrayBuffer(8 * Math.max(16, shape.length)));
  shape.forEach((dim, i) => (array[i] = BigInt(dim)));
  return array;
}

/**
 * OrtStatus* compute(kernel, context): fetches the arrays, then runs the tasks on ONNX Runtime's threads.
 *
 * @returns the address of the code and what must stay alive with it
 */
export function loadKernel(
  kernel: NativeKernel,
  api: KernelApi,
  addressOf: (data: BigInt64Array) => bigint,
): { readonly compute: bigint; readonly keep: readonly unknown[] } {
  const asm = new Assembler();
  const shapes = kernel.outputs;
  const dims = shapes.map(pinned);
  const count = kernel.inputs + shapes.length;
  const frame = Math.ceil((count + 2) / 2) * 16 + 8;
  const value = count * 8;
  asm.push(rbx, r12);
  asm.addImmediate(rsp, -frame);
  asm.move(rbx, rsi);
  const failed = asm.label();
  const call = (address: bigint): void => {
    asm.constant(rax, address);
    asm.call(rax);
    asm.compareImmediate(rax, 0);
    asm.jumpIf(IF.notEqual, failed);
  };
  const data = (slot: number): void => {
    asm.loadQuad(rdi, { base: rsp, disp: value });
    asm.address(rsi, { base: rsp, disp: slot * 8 });
    call(api.getData);
  };
  for (let i = 0; i < kernel.inputs; i++) {
    asm.move(rdi, rbx);
    asm.constant(rsi, i);
    asm.address(rdx, { base: rsp, disp: value });
    call(api.getInput);
    data(i);
  }
  shapes.forEach((shape, i) => {
    asm.move(rdi, rbx);
    asm.constant(rsi, i);
    asm.constant(rdx, addressOf(dims[i]));
    asm.constant(rcx, shape.length);
    asm.address(r8, { base: rsp, disp: value });
    call(api.getOutput);
    data(kernel.inputs + i);
  });
  const task = asm.label();
  if (kernel.tasks === 1) {
    asm.move(rdi, rsp);
    asm.constant(rsi, 0);
    asm.callLabel(task);
  } else {
    asm.move(rdi, rbx);
    asm.addressOfLabel(rsi, task);
    asm.constant(rdx, kernel.tasks);
    asm.constant(rcx, 0);
    asm.move(r8, rsp);
    call(api.parallelFor);
  }
  asm.constant(rax, 0);
  asm.place(failed);
  asm.addImmediate(rsp, frame);
  asm.pop(r12, rbx);
  asm.return();
  asm.place(task);
  kernel.emit(asm);
  return { compute: makeExecutable(asm.finish()), keep: dims };
}
