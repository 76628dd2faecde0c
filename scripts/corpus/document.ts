/** One piece of text that stays together: an entry, a page, a chapter, a file. */
export interface Document {
  readonly source: string;
  readonly id: string;
  readonly kind: "entry" | "prose" | "code";
  readonly text: string;
}

/** The same text with plain line ends, no trailing blanks and at most one empty line in a row. */
export function tidy(text: string): string {
  return text
    .replace(/\r\n?/g, "\n")
    .replace(/\u00a0/g, " ")
    .replace(/[ \t]+$/gm, "")
    .replace(/\n{3,}/g, "\n\n")
    .replace(/^\n+|\s+$/g, "");
}
