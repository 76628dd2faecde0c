/** What V8 says when it comes to a limit → what to do about it. */
const HINTS: readonly (readonly [RegExp, string])[] = [
  [
    /^Maximum call stack size exceeded/,
    "A function calls itself without an end, or too deeply: check where it stops, or use a loop. Variables keep their values.",
  ],
  [
    /^(Array buffer allocation failed|Invalid typed array length)/,
    "The machine has not that much memory left: use a smaller size or type, or let go of what is no longer needed.",
  ],
  [
    /^(Invalid string length|Cannot create a string longer than)/,
    "A string holds at most about 512 million characters: work in parts, or with a Buffer.",
  ],
  [/^Invalid array length/, "An array has at most 4294967295 elements, and its length is a whole number."],
  [
    /^(Map|Set) maximum size exceeded/,
    "A Map or Set holds at most about 16 million entries: use several, or an array.",
  ],
];

/** Advice for errors that the engine itself throws; undefined for all others. */
export function engineHint(name: string, message: string): string | undefined {
  if (name !== "RangeError" && name !== "Error") return undefined;
  return HINTS.find(([pattern]) => pattern.test(message))?.[1];
}
