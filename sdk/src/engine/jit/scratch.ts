import { IF, REG, type Assembler, type Mem } from "./assembler.js";
import { makeWritable } from "./executable.js";

/** Pieces of scratch memory in the process: one for each task that runs at the same time. */
const PIECES = 64;
/** Bytes of one: a packed block of 256 columns and a strip, each 384 terms deep. */
export const SCRATCH_BYTES = 448 * 1024;

interface Pool {
  /** The first piece; pages are committed when they are first used. */
  readonly pieces: bigint;
  /** A bit for each piece that is taken. */
  readonly taken: bigint;
}

let pool: Pool | undefined;

function thePool(): Pool {
  if (pool) return pool;
  const pieces = makeWritable(PIECES * SCRATCH_BYTES + 64);
  return (pool = { pieces, taken: pieces + BigInt(PIECES * SCRATCH_BYTES) });
}

const { rax, rcx } = REG;

/**
 * to = a piece that is this task's alone, its number kept in `memo`. Waits where more tasks run than there are pieces.
 * Uses rax, rcx. A task leaves its piece in the cache, where the next one finds it warm.
 */
export function takeScratch(asm: Assembler, to: number, memo: Mem): void {
  const { pieces, taken } = thePool();
  const again = asm.label();
  const free = asm.label();
  asm.constant(to, taken);
  asm.place(again);
  asm.loadQuad(rax, { base: to });
  asm.not(rax);
  asm.countTrailingZeros(rcx, rax);
  asm.jumpIf(IF.noCarry, free); // carry: no bit is free
  asm.pause();
  asm.jump(again);
  asm.place(free);
  asm.lockedBitSet({ base: to }, rcx);
  asm.jumpIf(IF.carry, again);
  asm.storeQuad(memo, rcx);
  asm.multiplyImmediate(rcx, rcx, SCRATCH_BYTES);
  asm.constant(to, pieces);
  asm.add(to, rcx);
}

/** Gives the piece back. Uses rax, rcx. */
export function giveScratch(asm: Assembler, memo: Mem): void {
  asm.loadQuad(rcx, memo);
  asm.constant(rax, thePool().taken);
  asm.lockedBitClear({ base: rax }, rcx);
}
