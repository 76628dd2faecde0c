import type { KoffiFunc } from "koffi";

type NativeFunction = KoffiFunc<(...args: readonly unknown[]) => unknown>;

interface System {
  readonly map: NativeFunction;
  readonly unmap: NativeFunction;
  readonly advise: NativeFunction;
  readonly view: (address: bigint, length: number) => ArrayBuffer;
}

// The same on Linux and macOS.
const READ_AND_WRITE = 3;
const PRIVATE = 2;
const WILL_NEED = 3;
const FAILED = 2n ** 64n - 1n;
/** A multiple of every page size in use, which the place of a mapping has to be. */
const GRAIN = 65_536;

let system: Promise<System | undefined> | undefined;

/** The C library's functions; undefined where they are not to be had: on Windows, without koffi, or when told not to. */
function load(): Promise<System | undefined> {
  if (process.platform === "win32" || process.env.GRADLAB_MMAP === "0") return Promise.resolve(undefined);
  return (system ??= bind().catch(() => undefined));
}

async function bind(): Promise<System> {
  const koffi = await import("koffi");
  const libc = koffi.load(null);
  return {
    map: libc.func(
      "void* mmap(void* address, size_t length, int protection, int flags, int fd, int64_t offset)",
    ),
    unmap: libc.func("int munmap(void* address, size_t length)"),
    advise: libc.func("int madvise(void* address, size_t length, int advice)"),
    view: (address, length) => koffi.view(address, length),
  };
}

interface Mapping {
  readonly unmap: NativeFunction;
  readonly address: bigint;
  readonly length: number;
}

/** A buffer nobody can reach has no views, so nobody can reach its pages either. */
const unreachable = new FinalizationRegistry<Mapping>(
  ({ unmap, address, length }) => void unmap(address, length),
);

/**
 * A part of a file as memory: read from the disk when it is first touched, shared with every process that maps the
 * same file, and copied page by page where it is written to, so that the file and the others never change. It is unmapped
 * when the last view of it is collected. The file may be closed, replaced or deleted meanwhile; one that is cut short
 * in place ends every process that then reads the missing part (SIGBUS), as with any mapping.
 *
 * @param fd an open file
 * @returns undefined where files cannot be mapped: on Windows, without koffi, with GRADLAB_MMAP=0, in special file
 *   systems; then read it
 */
export async function mapFile(fd: number, offset: number, length: number): Promise<Uint8Array | undefined> {
  const libc = await load();
  if (!libc || length === 0) return undefined;
  const before = offset % GRAIN;
  const all = before + length;
  const address = libc.map(null, all, READ_AND_WRITE, PRIVATE, fd, offset - before) as bigint | null;
  if (address === null || address === FAILED) return undefined;
  try {
    const buffer = libc.view(address, all);
    // Starts reading, and returns at once.
    libc.advise(address, all, WILL_NEED);
    unreachable.register(buffer, { unmap: libc.unmap, address, length: all });
    return new Uint8Array(buffer, before, length);
  } catch {
    // Runtimes that keep memory in a cage of their own refuse views of other memory.
    libc.unmap(address, all);
    return undefined;
  }
}
