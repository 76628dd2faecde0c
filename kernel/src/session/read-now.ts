import { readSync } from "node:fs";
import type { Readable } from "node:stream";

/** Bytes of one read, and the most reads: more than any pipe holds, so that a program that never stops holds nobody up. */
const SIZE = 64 * 1024;
const MOST = 256;
const space = Buffer.allocUnsafeSlow(SIZE);

/**
 * What has been written to a pipe and Node has not brought yet. So a word by another pipe that something is done comes
 * after all that was written before it, without a mark in every pipe. False where more may be there.
 */
export function readNow(stream: Readable, take: (chunk: Buffer) => void): boolean {
  // Node gives no other access to the number of a child's pipe
  const fd = (stream as unknown as { readonly _handle?: { readonly fd?: number } | null })._handle?.fd;
  if (fd === undefined || fd < 0) return true;
  for (let reads = 0; reads < MOST; reads += 1) {
    const size = readOnce(fd);
    if (size === 0) return true;
    take(Buffer.from(space.subarray(0, size)));
  }
  return false;
}

/** 0 where there is nothing. */
function readOnce(fd: number): number {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0; // an empty pipe is the rule, and the trace of that error half its cost
  try {
    return readSync(fd, space, 0, SIZE, null);
  } catch {
    return 0;
  } finally {
    Error.stackTraceLimit = limit;
  }
}
