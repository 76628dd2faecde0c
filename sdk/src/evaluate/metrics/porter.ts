/**
 * Porter's stemmer with the extensions of NLTK, as rouge-score uses it.
 *
 * Source: M. F. Porter, An algorithm for suffix stripping, Program 14 (1980); NLTK's documentation of
 * nltk.stem.porter for the extensions (irregular forms, -ied, -ies, -fulli, -logi, y after a vowel).
 *
 * @example porterStem("generalizations") // "gener"
 */
export function porterStem(word: string): string {
  const lower = word.toLowerCase();
  const irregular = IRREGULAR.get(lower);
  if (irregular !== undefined) return irregular;
  if (lower.length <= 2) return lower;
  return [plural, past, finalY, doubleSuffix, longSuffix, residualSuffix, finalE, finalL].reduce(
    (stem, step) => step(stem),
    lower,
  );
}

const IRREGULAR = new Map(
  Object.entries({
    sky: ["sky", "skies"],
    die: ["dying"],
    lie: ["lying"],
    tie: ["tying"],
    news: ["news"],
    inning: ["innings", "inning"],
    outing: ["outings", "outing"],
    canning: ["cannings", "canning"],
    howe: ["howe"],
    proceed: ["proceed"],
    exceed: ["exceed"],
    succeed: ["succeed"],
  }).flatMap(([stem, forms]) => forms.map((form) => [form, stem] as const)),
);

/** [suffix, what replaces it, condition on what is left]. The first suffix that fits decides, kept or not. */
type Rule = readonly [suffix: string, replacement: string, allowed?: (stem: string) => boolean];

function applyFirst(word: string, rules: readonly Rule[]): string {
  for (const [suffix, replacement, allowed] of rules) {
    if (!word.endsWith(suffix)) continue;
    const stem = cut(word, suffix);
    return allowed === undefined || allowed(stem) ? stem + replacement : word;
  }
  return word;
}

const cut = (word: string, suffix: string): string => word.slice(0, word.length - suffix.length);

function isConsonant(word: string, i: number): boolean {
  const letter = word[i];
  if ("aeiou".includes(letter)) return false;
  return letter === "y" ? i === 0 || !isConsonant(word, i - 1) : true;
}

/** m in [C](VC)^m[V]: how many times a consonant follows a vowel. */
function measure(stem: string): number {
  let m = 0;
  for (let i = 1; i < stem.length; i++) if (isConsonant(stem, i) && !isConsonant(stem, i - 1)) m++;
  return m;
}

const hasMeasure = (stem: string): boolean => measure(stem) > 0;
const isLong = (stem: string): boolean => measure(stem) > 1;
const hasVowel = (stem: string): boolean => Array.from(stem).some((_, i) => !isConsonant(stem, i));

function endsShort(word: string): boolean {
  const n = word.length;
  if (n === 2) return !isConsonant(word, 0) && isConsonant(word, 1);
  return (
    n >= 3 &&
    isConsonant(word, n - 3) &&
    !isConsonant(word, n - 2) &&
    isConsonant(word, n - 1) &&
    !"wxy".includes(word[n - 1])
  );
}

function plural(word: string): string {
  if (word.endsWith("ies") && word.length === 4) return cut(word, "s");
  return applyFirst(word, [
    ["sses", "ss"],
    ["ies", "i"],
    ["ss", "ss"],
    ["s", ""],
  ]);
}

function past(word: string): string {
  if (word.endsWith("ied")) return cut(word, word.length === 4 ? "d" : "ed");
  if (word.endsWith("eed")) return hasMeasure(cut(word, "eed")) ? cut(word, "d") : word;
  const suffix = ["ed", "ing"].find((end) => word.endsWith(end) && hasVowel(cut(word, end)));
  if (suffix === undefined) return word;
  const stem = cut(word, suffix);
  if (/(at|bl|iz)$/.test(stem)) return `${stem}e`;
  const last = stem.at(-1) as string;
  if (stem.length >= 2 && stem.at(-2) === last && isConsonant(stem, stem.length - 1))
    return "lsz".includes(last) ? stem : stem.slice(0, -1);
  return measure(stem) === 1 && endsShort(stem) ? `${stem}e` : stem;
}

function finalY(word: string): string {
  return applyFirst(word, [["y", "i", (stem) => stem.length > 1 && isConsonant(stem, stem.length - 1)]]);
}

function doubleSuffix(word: string): string {
  if (word.endsWith("alli") && hasMeasure(cut(word, "alli"))) return doubleSuffix(cut(word, "li"));
  const pairs =
    "ational:ate tional:tion enci:ence anci:ance izer:ize bli:ble alli:al entli:ent eli:e ousli:ous ization:ize " +
    "ation:ate ator:ate alism:al iveness:ive fulness:ful ousness:ous aliti:al iviti:ive biliti:ble fulli:ful";
  return applyFirst(word, [
    ...rulesOf(pairs, hasMeasure),
    // Porter's own later change measures the stem with its "l" left on.
    ["logi", "log", () => hasMeasure(cut(word, "ogi"))],
  ]);
}

function longSuffix(word: string): string {
  return applyFirst(word, rulesOf("icate:ic ative: alize:al iciti:ic ical:ic ful: ness:", hasMeasure));
}

function residualSuffix(word: string): string {
  return applyFirst(word, [
    ...rulesOf("al: ance: ence: er: ic: able: ible: ant: ement: ment: ent:", isLong),
    ["ion", "", (stem) => isLong(stem) && "st".includes(stem.at(-1) as string)],
    ...rulesOf("ou: ism: ate: iti: ous: ive: ize:", isLong),
  ]);
}

function finalE(word: string): string {
  if (!word.endsWith("e")) return word;
  const stem = cut(word, "e");
  return measure(stem) > 1 || (measure(stem) === 1 && !endsShort(stem)) ? stem : word;
}

function finalL(word: string): string {
  return word.endsWith("ll") && measure(word.slice(0, -1)) > 1 ? word.slice(0, -1) : word;
}

function rulesOf(pairs: string, allowed: (stem: string) => boolean): Rule[] {
  return pairs.split(" ").map((pair) => {
    const [suffix = "", replacement = ""] = pair.split(":");
    return [suffix, replacement, allowed] as const;
  });
}
