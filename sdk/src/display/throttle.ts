/** Calls that come too fast are made one: the first at once, then at most one every `gap` ms, and always the last. */
export interface Throttle {
  /** Asks for a call now or soon. */
  request(): void;
  /** Makes the call now, and none later. */
  flush(): void;
}

export function throttle(action: () => void, gap: number): Throttle {
  let last = -Infinity;
  let timer: NodeJS.Timeout | undefined;
  const run = (): void => {
    clearTimeout(timer);
    timer = undefined;
    last = performance.now();
    action();
  };
  return {
    request: () => {
      const wait = last + gap - performance.now();
      if (wait <= 0) run();
      // A waiting picture must not keep a finished program alive.
      else timer ??= setTimeout(run, wait).unref();
    },
    flush: run,
  };
}
