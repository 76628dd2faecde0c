/** What is masked, in this order: a link may hold an address, an address a number. */
const MASKS: readonly (readonly [RegExp, string])[] = [
  [/<?\b(?:https?|ftp|mailto):[^\s<>"')\]]+>?/gi, "<URL>"],
  [/<?[\w.+%=-]+(?:@|\(at\)| at (?=[\w-]+ dot ))[\w-]+(?:(?:\.| dot )[\w-]+)*>?/gi, "<EMAIL>"],
  [/\b(?:www\.)[\w-]+(?:\.[\w-]+)+[^\s<>"')\]]*/gi, "<URL>"],
  [/\b[\w-]+(?:\.[\w-]+)*\.(?:com|net|org|info|biz|co\.uk|edu|gov|ie)\b(?:\/[^\s<>"')\]]*)?/gi, "<URL>"],
  [/\b\d{1,3}(?:\.\d{1,3}){3}\b/g, "<IP>"],
  [/\b\d{1,3}-\d{1,2}-\d{4}\b|\b\d{3}-\d{2}-\d{4}\b/g, "<NUMBER>"],
  [/(?:\+|\b00)\d{1,3}[\s.-]?(?:\(\d+\)[\s.-]?)?\d[\d\s.-]{5,14}\d\b/g, "<PHONE>"],
  [/(?:\b1[\s.-]?)?(?:\(\s*\d{3}\s*\)|\b\d{3})[\s./-]*\d{3}[\s.-]+\d{4}(?!\d)/g, "<PHONE>"],
  [/\b1[\s.-]8(?:00|88|77|66)[\s.-][\w-]{7,9}\b/g, "<PHONE>"],
  [/\b(?:tel|phone|fax|mobile|call|cell)\b[.:]?[^\n\d<]{0,12}[\d(][\d\s().-]{5,}\d/gi, "<PHONE>"],
  [/\b\d{2,3}[-. ]\d{2,3}[-. ]\d{3,4}(?:[-. ]\d{3,4})?(?!\d)/g, "<PHONE>"],
  [/\b\d{7,}\b/g, "<NUMBER>"],
  [/\bP\.?\s?O\.?\s?Box\s+\d+/gi, "<ADDRESS>"],
  [
    /\b\d{1,5}[A-Z]?\s+(?:[NSEW]\.?\s+)?(?:[A-Z0-9][\w.']*\s+){1,4}(?:Street|St|Avenue|Ave|Road|Rd|Drive|Dr|Boulevard|Blvd|Lane|Ln|Court|Ct|Suite|Highway|Hwy|Parkway|Pkwy|Way|Place|Pl)\b\.?(?:,?\s*(?:Suite|Ste|Apt|#|Unit)\.?\s*#?\s*\w+)?/g,
    "<ADDRESS>",
  ],
  [/\b[A-Z][\w.]+(?: [A-Z][\w.]+)?,?\s+[A-Z]{2}\.?,?\s+\d{5}(?:-\d{4})?\b/g, "<ADDRESS>"],
];

/**
 * Replaces e-mail and postal addresses, telephone numbers, links and long numbers by what they are, and the names
 * of those who are quoted.
 */
export function maskPersonal(text: string): string {
  const quoted = text
    .replace(
      /^(>*\s*)(?:On |At |In |Once upon )?[^\n]*(?:\n[^\n]{0,80})?\b(?:wrote|writes|said|spake thusly)[^\n:]*:[ \t]*$/gim,
      "$1<NAME> wrote:",
    )
    .replace(/^(>*\s*(?:From|To|Cc|Sent|Reply-To|Sender):).*$/gim, "$1 <NAME>")
    .replace(/\b(?:Dear|Hi|Hello) [A-Z][a-z]+(?: [A-Z][a-z]+)?(?=[,!:])/g, "Dear <NAME>");
  return MASKS.reduce((masked, [pattern, name]) => masked.replace(pattern, name), quoted);
}
