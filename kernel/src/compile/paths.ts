import type { CompileOptions } from "./tsconfig.js";

/** Where `paths` of tsconfig.json sends a specifier, best place first; empty when no pattern fits. */
export function mapPath(options: CompileOptions, specifier: string): string[] {
  let best: { rest: string; length: number; targets: readonly string[] } | undefined;
  for (const [pattern, targets] of options.paths) {
    const [head = "", tail] = pattern.split("*", 2);
    if (tail === undefined) {
      if (pattern === specifier) return [...targets];
    } else if (
      specifier.length >= head.length + tail.length &&
      specifier.startsWith(head) &&
      specifier.endsWith(tail) &&
      (best === undefined || head.length > best.length)
    ) {
      const rest = specifier.slice(head.length, specifier.length - tail.length);
      best = { rest, length: head.length, targets };
    }
  }
  const found = best;
  return found === undefined ? [] : found.targets.map((target) => target.replace("*", () => found.rest));
}
