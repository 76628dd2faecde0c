import { textOf } from "./safely.js";

/** Paths are shown from the notebook's folder. */
const FOLDER = `${process.cwd()}/`;
/** How many lines of a stack are shown: the innermost and the outermost ones. */
const SHOWN = { first: 8, last: 3 } as const;
/** The longest cycle of calls that is told apart. */
const PERIOD = 4;

/** The lines of an error's stack, without Node's own, recursion and the middle of long ones folded. */
export function stackFrames(error: Error): string[] {
  const lines = textOf(error, "stack", "").split("\n");
  const own = lines.filter((line) => line.startsWith("    at ") && !/[( ]node:/.test(line));
  return fold(own.map((line) => line.replace(FOLDER, "")));
}

export function fold(frames: readonly string[]): string[] {
  const short = foldCycles(frames);
  if (short.length <= SHOWN.first + SHOWN.last + 1) return short;
  const hidden = short.length - SHOWN.first - SHOWN.last;
  return [...short.slice(0, SHOWN.first), `    … ${hidden} more`, ...short.slice(-SHOWN.last)];
}

/** `a b a b a b c` → `a b`, "… 2 more times", `c`. */
function foldCycles(frames: readonly string[]): string[] {
  const out: string[] = [];
  for (let at = 0; at < frames.length;) {
    const { period, times } = cycleAt(frames, at);
    out.push(...frames.slice(at, at + period));
    if (times > 1)
      out.push(`    … ${times - 1} more times the same${period > 1 ? ` ${period} calls` : " call"}`);
    at += period * times;
  }
  return out;
}

/** The repetition that begins at `at`; one that saves fewer than two lines counts as none. */
function cycleAt(frames: readonly string[], at: number): { period: number; times: number } {
  for (let period = 1; period <= PERIOD; period += 1) {
    let end = at + period;
    while (end < frames.length && frames[end] === frames[end - period]) end += 1;
    const times = Math.floor((end - at) / period);
    if (period * (times - 1) > 2) return { period, times };
  }
  return { period: 1, times: 1 };
}
