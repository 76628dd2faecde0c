import * as koffi from "koffi";

const PROTECTION = { read: 1, write: 2, execute: 4 };
const PRIVATE = 2;
const ANONYMOUS = process.platform === "darwin" ? 0x1000 : 0x20;
const PAGE = 4096;

interface Memory {
  readonly map: koffi.KoffiFunc<(...args: readonly unknown[]) => unknown>;
  readonly protect: koffi.KoffiFunc<(...args: readonly unknown[]) => unknown>;
  readonly copy: koffi.KoffiFunc<(...args: readonly unknown[]) => unknown>;
}

let memory: Memory | undefined;

function loadMemory(): Memory {
  const libc = koffi.load(null);
  return {
    map: libc.func(
      "intptr_t mmap(intptr_t at, size_t size, int protection, int flags, int file, int64_t offset)",
    ),
    protect: libc.func("int mprotect(intptr_t at, size_t size, int protection)"),
    copy: libc.func("intptr_t memcpy(intptr_t to, const uint8_t* from, size_t size)"),
  };
}

/** Memory of whole pages, zero at first; it stays for the life of the process. */
export function makeWritable(bytes: number): bigint {
  const { map } = (memory ??= loadMemory());
  const writable = PROTECTION.read | PROTECTION.write;
  const at = BigInt(map(0, bytes, writable, PRIVATE | ANONYMOUS, -1, 0) as number | bigint);
  if (at === -1n) throw new Error("the system gives no memory");
  return at;
}

/** Machine code in memory that can be run but no longer written; it stays for the life of the process. */
export function makeExecutable(code: Uint8Array): bigint {
  const { protect, copy } = (memory ??= loadMemory());
  const size = Math.ceil(code.length / PAGE) * PAGE;
  const at = makeWritable(size);
  copy(at, code, code.length);
  if (protect(at, size, PROTECTION.read | PROTECTION.execute) !== 0) {
    throw new Error("the system does not allow code that was made at run time");
  }
  return at;
}
