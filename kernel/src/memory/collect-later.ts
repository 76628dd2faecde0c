import { Session } from "node:inspector";
import { getHeapStatistics } from "node:v8";

/** Bytes of garbage, at the least, for which it is done. */
const ENOUGH = 4 << 20;
/** ms without anything large after which it is done. */
const QUIET = 1000;
/** Bytes of heap from which on it would stop the thread for too long (2 ms or so per MB that is in use). */
const TOO_MUCH = 64 << 20;

let garbage = 0;
let timer: NodeJS.Timeout | undefined;

/**
 * Has V8 look for garbage soon: something of so many bytes went through this process and is needed no more. By itself V8
 * does that when more is allocated, and a process at rest keeps the memory of its last large outputs for good.
 *
 * @param options.tooMuch Bytes of heap, garbage included, from which on it is left to V8; by default 64 MiB
 * @param options.quiet ms without anything large after which it is done; by default 1000
 */
export function collectLater(
  bytes: number,
  { tooMuch = TOO_MUCH, quiet = QUIET }: { readonly tooMuch?: number; readonly quiet?: number } = {},
): void {
  garbage += bytes;
  if (garbage < ENOUGH) return;
  clearTimeout(timer);
  timer = setTimeout(() => collect(tooMuch), quiet).unref();
}

/** As for a system short of memory: `gc()` would leave the space for young objects as large as it became. */
function collect(tooMuch: number): void {
  garbage = 0;
  if (getHeapStatistics().used_heap_size > tooMuch) return;
  const session = new Session();
  session.connect();
  // not from its own answer: the session is in use until that returns
  session.post("HeapProfiler.collectGarbage", () => setImmediate(() => session.disconnect()));
}
