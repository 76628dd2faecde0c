import { runNumber } from "./context.js";

export interface StoppedFrame {
  readonly url: string;
  readonly line: number;
  readonly column: number;
}

interface Stopped {
  readonly run: number;
  /** Innermost first. */
  readonly frames: readonly StoppedFrame[];
}

const NOWHERE: Stopped = { run: 0, frames: [] };
let stopped = NOWHERE;

/** Where the main thread was when it was last stopped, and in which run; asked once. */
export function takeStopped(): Stopped {
  const last = stopped;
  stopped = NOWHERE;
  return last;
}

/**
 * Called by the watchdog while the main thread is paused, just before it is terminated.
 *
 * Node keeps a stack of async ids; frames that V8 terminates never pop theirs, and Node aborts the
 * process when it finds out. Its own handler of fatal exceptions clears that stack, and does nothing
 * else while an exception capture callback is set.
 */
export function clearAsyncStack(frames: readonly StoppedFrame[] = []): void {
  stopped = { run: runNumber(), frames };
  const fatal = (process as unknown as { _fatalException?: (error: Error, fromPromise: boolean) => boolean })
    ._fatalException;
  if (typeof fatal !== "function") return;
  const had = process.hasUncaughtExceptionCaptureCallback();
  if (!had) process.setUncaughtExceptionCaptureCallback(() => {});
  try {
    fatal.call(process, new Error("interrupted"), false);
  } finally {
    if (!had) process.setUncaughtExceptionCaptureCallback(null);
  }
}
