import * as koffi from "koffi";

const MIB = 2 ** 20;
/** Parameters of mallopt. @source malloc.h of the GNU C library */
const [TRIM_THRESHOLD, TOP_PAD, MMAP_THRESHOLD] = [-1, -2, -3];

let kept = false;

/**
 * Has the C library keep freed memory instead of handing it back after every result: arrays below 64 MiB come from a heap
 * that keeps up to 256 MiB. A page that is new to the process costs the operating system up to 15 µs on virtual machines,
 * so a result of 4 MiB could take longer to be given memory than to be computed. Elsewhere than on the GNU C library this
 * does nothing, and neither where the user's MALLOC_ variables say how it is to be.
 */
export function keepFreedMemory(): void {
  if (kept) return;
  kept = true;
  if (process.platform !== "linux" || Object.keys(process.env).some((name) => name.startsWith("MALLOC_")))
    return;
  try {
    const mallopt = koffi.load("libc.so.6").func("int mallopt(int parameter, int value)");
    mallopt(MMAP_THRESHOLD, 64 * MIB);
    mallopt(TRIM_THRESHOLD, 256 * MIB);
    mallopt(TOP_PAD, 16 * MIB);
  } catch {
    // Another C library has no mallopt: it keeps its own ways.
  }
}
