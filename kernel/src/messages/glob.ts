/** A glob of `*`, `?` and `[…]` (`[^…]`), as SQLite has it → whether all of a text matches. */
export function createGlob(pattern: string): (text: string) => boolean {
  const parts = parseGlob(pattern);
  // most texts lack a word of the pattern, and that is found out fast
  const words = pattern.replace(/\[.*/s, "").split(/[*?]/).filter(Boolean);
  return (text) => words.every((word) => text.includes(word)) && matches(parts, Array.from(text));
}

/** Takes at most the product of both lengths, whatever the pattern. */
function matches(parts: readonly Part[], points: readonly string[]): boolean {
  let at = 0;
  let part = 0;
  // only the last `*` needs to be tried again: what stood before it matched as early as it could
  let star = -1;
  let resume = 0;
  while (at < points.length) {
    const expected = parts[part];
    if (expected === "*") {
      star = part;
      resume = at;
      part += 1;
    } else if (expected?.(points[at]) === true) {
      at += 1;
      part += 1;
    } else if (star >= 0) {
      part = star + 1;
      resume += 1;
      at = resume;
    } else return false;
  }
  return parts.slice(part).every((rest) => rest === "*");
}

type Part = "*" | ((point: string) => boolean);

function parseGlob(pattern: string): Part[] {
  const points = Array.from(pattern);
  const parts: Part[] = [];
  for (let i = 0; i < points.length; i += 1) {
    const point = points[i];
    const end = point === "[" ? points.indexOf("]", i + (points[i + 1] === "^" ? 3 : 2)) : -1;
    if (point === "*") {
      if (parts.at(-1) !== "*") parts.push("*");
    } else if (point === "?") parts.push(() => true);
    else if (end > 0) {
      parts.push(oneOf(points.slice(i + 1, end)));
      i = end;
    } else parts.push((other) => other === point);
  }
  return parts;
}

/** `abc`, `a-z`, `^…`: the inside of brackets. */
function oneOf(set: readonly string[]): (point: string) => boolean {
  const negated = set[0] === "^";
  const from = negated ? set.slice(1) : set;
  const ranges: [string, string][] = [];
  for (let i = 0; i < from.length; i += 1) {
    const isRange = from[i + 1] === "-" && i + 2 < from.length;
    ranges.push([from[i], from[isRange ? i + 2 : i]]);
    if (isRange) i += 2;
  }
  return (point) => ranges.some(([low, high]) => point >= low && point <= high) !== negated;
}
