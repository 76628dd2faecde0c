import * as koffi from "koffi";
import { Assembler, REG } from "./assembler.js";
import { makeExecutable } from "./executable.js";

let answer: boolean | undefined;

/** Whether machine code made here runs on this machine: x86-64 with AVX-512F, under an operating system that lets us. */
export function hasKernels(): boolean {
  return (answer ??= detect());
}

const AVX512F = 1 << 16;
/** The operating system saves mask and 512-bit registers, besides those of SSE and AVX. */
const SAVED = 0xe6;

function detect(): boolean {
  if (process.arch !== "x64" || !["linux", "darwin"].includes(process.platform)) return false;
  if (process.env.GRADLAB_KERNELS === "0") return false;
  try {
    const leaf7 = ask((asm) => asm.bytes(0xb8, 7, 0, 0, 0, 0x31, 0xc9, 0x0f, 0xa2, 0x89, 0xd8));
    const saves = ask((asm) => asm.bytes(0xb8, 1, 0, 0, 0, 0x0f, 0xa2, 0x89, 0xc8));
    const osxsave = 1 << 27;
    if (!(leaf7 & AVX512F) || !(saves & osxsave)) return false;
    const saved = ask((asm) => asm.bytes(0x31, 0xc9, 0x0f, 0x01, 0xd0));
    return (saved & SAVED) === SAVED;
  } catch {
    return false;
  }
}

/** Made once: names of native types are global. */
let signature: koffi.TypeObject | undefined;

/** The answer of a few instructions that keep to rbx's rule (cpuid overwrites it). */
function ask(emit: (asm: Assembler) => void): number {
  const asm = new Assembler();
  asm.push(REG.rbx);
  emit(asm);
  asm.pop(REG.rbx);
  asm.bytes(0xc3);
  signature ??= koffi.proto("int32_t GradlabAsk()");
  return (koffi.decode(makeExecutable(asm.finish()), signature) as () => number)();
}
