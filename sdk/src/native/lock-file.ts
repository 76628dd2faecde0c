import type { KoffiFunc } from "koffi";

type Flock = KoffiFunc<(fd: number, operation: number) => number>;

// The same on Linux and macOS.
const EXCLUSIVE = 2;
const AT_ONCE = 4;

let flock: Promise<Flock | undefined> | undefined;

/**
 * Takes the lock of an open file, as `flock(2)` does: it ends when the file is closed, also by the end of the process, however
 * that ends. Other programs that lock the same file the same way (Python's `filelock`) are kept out too.
 *
 * @param fd an open file
 * @returns whether the lock was taken; undefined where there are no such locks: on Windows, or without koffi
 */
export async function lockFile(fd: number): Promise<boolean | undefined> {
  if (process.platform === "win32") return undefined;
  const call = await (flock ??= bind().catch(() => undefined));
  return call === undefined ? undefined : call(fd, EXCLUSIVE | AT_ONCE) === 0;
}

async function bind(): Promise<Flock> {
  const koffi = await import("koffi");
  return koffi.load(null).func("int flock(int fd, int operation)") as Flock;
}
