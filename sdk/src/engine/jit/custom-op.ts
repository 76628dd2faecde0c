import { Assembler, REG } from "./assembler.js";
import { makeExecutable } from "./executable.js";
import { loadKernel, type KernelApi, type NativeKernel } from "./kernel.js";

/** The version of ONNX Runtime's API whose OrtCustomOp record is filled in here. */
const RECORD_VERSION = 18;
const FLOAT = 1n;
/** Slots of the record behind ONNX Runtime's own, read by the shared functions below. */
const OWN = { name: 26, inputs: 27, outputs: 28, length: 29 };

interface SharedFunctions {
  readonly getName: bigint;
  readonly zero: bigint;
  readonly one: bigint;
  readonly inputs: bigint;
  readonly outputs: bigint;
  readonly create: bigint;
  readonly nothing: bigint;
}

let shared: SharedFunctions | undefined;

/** The functions of the record that do the same for every kernel. Each gets the record itself as its argument. */
function sharedFunctions(): SharedFunctions {
  const { rax, rcx, rdi } = REG;
  const code = (emit: (asm: Assembler) => void): bigint => {
    const asm = new Assembler();
    emit(asm);
    asm.return();
    return makeExecutable(asm.finish());
  };
  const field = (slot: number): bigint => code((asm) => asm.loadQuad(rax, { base: rdi, disp: slot * 8 }));
  const constant = (value: bigint): bigint => code((asm) => asm.constant(rax, value));
  return {
    getName: field(OWN.name),
    inputs: field(OWN.inputs),
    outputs: field(OWN.outputs),
    zero: constant(0n),
    one: constant(FLOAT),
    nothing: code(() => undefined),
    // OrtStatus* create(op, api, info, void** kernel): the record serves as the kernel.
    create: code((asm) => {
      asm.storeQuad({ base: rcx, disp: 0 }, rdi);
      asm.constant(rax, 0);
    }),
  };
}

/** size_t list(int** inputs, int** outputs): the pairs that may share memory. */
function sharedMemory({ mayShare = [] }: NativeKernel, addressOf: (data: Buffer) => bigint) {
  if (mayShare.length === 0) return undefined;
  const list = (side: 0 | 1): Buffer => {
    const buffer = Buffer.alloc(Math.max(128, 4 * mayShare.length));
    mayShare.forEach((pair, i) => buffer.writeInt32LE(pair[side], 4 * i));
    return buffer;
  };
  const [inputs, outputs] = [list(0), list(1)];
  const asm = new Assembler();
  asm.constant(REG.rax, addressOf(inputs));
  asm.storeQuad({ base: REG.rdi }, REG.rax);
  asm.constant(REG.rax, addressOf(outputs));
  asm.storeQuad({ base: REG.rsi }, REG.rax);
  asm.constant(REG.rax, mayShare.length);
  asm.return();
  return { list: makeExecutable(asm.finish()), inputs, outputs };
}

/** A custom operator as ONNX Runtime wants it: an OrtCustomOp record. */
export interface CustomOp {
  readonly record: BigInt64Array;
  readonly keep: readonly unknown[];
}

/**
 * Registers a kernel's code as an operator of the same name.
 *
 * @source onnxruntime_c_api.h, struct OrtCustomOp
 */
export function makeCustomOp(
  kernel: NativeKernel,
  api: KernelApi,
  addressOf: (data: BigInt64Array | Buffer) => bigint,
): CustomOp {
  const { getName, zero, one, inputs, outputs, create, nothing } = (shared ??= sharedFunctions());
  const { compute, keep } = loadKernel(kernel, api, addressOf);
  const sharing = sharedMemory(kernel, addressOf);
  const name = Buffer.alloc(Math.max(128, kernel.name.length + 1));
  name.write(kernel.name, "latin1");
  const record = new BigInt64Array(new ArrayBuffer(OWN.length * 8));
  const fields: readonly bigint[] = [
    BigInt(RECORD_VERSION),
    0n, // CreateKernel, replaced by its second version
    getName,
    zero, // execution provider: the CPU's
    one, // input types
    inputs,
    one, // output types
    outputs,
    0n, // KernelCompute, replaced by its second version
    nothing, // KernelDestroy
    zero, // inputs are required
    zero, // outputs are required
    zero, // memory type of inputs: default
    zero, // variadic inputs: none
    zero,
    zero, // variadic outputs: none
    zero,
    create,
    compute,
    0n, // shape inference: none
    one, // first and last version of the operator
    one,
    sharing?.list ?? 0n,
    sharing ? nothing : 0n, // the lists live as long as the kernel
  ];
  fields.forEach((value, slot) => (record[slot] = value));
  record[OWN.name] = addressOf(name);
  record[OWN.inputs] = BigInt(kernel.inputs);
  record[OWN.outputs] = BigInt(kernel.outputs.length);
  return { record, keep: [name, keep, sharing] };
}
