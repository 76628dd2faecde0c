import type { ParseResult } from "oxc-parser";
import { loadOxc } from "./oxc.js";

export type SourceLang = "ts" | "tsx" | "js";

/** A cell is looked at by several parts of the kernel on its way: these many parsed texts are kept, if not long. */
const KEPT = 8;
const LONG = 100_000;
const kept = new Map<string, ParseResult>();

/** A module's source → its syntax tree, which nobody changes, and errors. */
export function parseModule(source: string, lang: SourceLang): ParseResult {
  const key = `${lang} ${source}`;
  const known = kept.get(key);
  if (known !== undefined) return known;
  const parsed = loadOxc().parser.parseSync(`source.${lang}`, source, { lang, sourceType: "module" });
  if (source.length > LONG) return parsed;
  kept.set(key, parsed);
  const [oldest] = kept.keys();
  if (kept.size > KEPT && oldest !== undefined) kept.delete(oldest);
  return parsed;
}
