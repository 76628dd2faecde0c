export interface StoppedFrame {
  readonly url: string;
  readonly line: number;
  readonly column: number;
}

let stoppedAt: readonly StoppedFrame[] = [];

/** Where the main thread was when it was last stopped, innermost first; asked once. */
export function takeStoppedAt(): readonly StoppedFrame[] {
  const frames = stoppedAt;
  stoppedAt = [];
  return frames;
}

/**
 * Called by the watchdog while the main thread is paused, just before it is terminated.
 *
 * Node keeps a stack of async ids; frames that V8 terminates never pop theirs, and Node aborts the
 * process when it finds out. Its own handler of fatal exceptions clears that stack, and does nothing
 * else while an exception capture callback is set.
 */
export function clearAsyncStack(frames: readonly StoppedFrame[] = []): void {
  stoppedAt = frames;
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
