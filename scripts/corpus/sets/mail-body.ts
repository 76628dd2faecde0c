import { tidy } from "../document.js";

interface Part {
  readonly headers: string;
  readonly body: string;
}

/** The readable text of a raw mail: its first plain part, else its HTML as text, without signature and footers. */
export function bodyOf(mail: string): string {
  const text = textOf(splitHead(mail.replace(/\r\n?/g, "\n"))) ?? "";
  return tidy(
    text
      // signatures, and what mailing lists and the providers of the time put below every mail
      .replace(/^-- ?\n[\s\S]*$/m, "")
      .replace(
        /^[_=~*-]{20,}\s*\n(?=[\s\S]{0,700}$)(?=[\s\S]*(?:mailing list|unsubscribe|listinfo|sponsor|Do You Yahoo|MSN))[\s\S]*$/im,
        "",
      )
      .replace(/^-+ Yahoo! Groups Sponsor -+[\s\S]*?^-+.*-+$/gm, "")
      .replace(/^To unsubscribe from this group[\s\S]*$/m, "")
      .replace(/^_{20,}[\s\S]{0,400}$/m, "")
      .replace(/^URL: .*$/gm, "")
      // the verdict of the filter that kept the corpus
      .replace(/^SPAM:.*$/gm, "")
      .replace(/[ \t]+/g, " "),
  );
}

function splitHead(text: string): Part {
  const end = text.indexOf("\n\n");
  return { headers: text.slice(0, end).replace(/\n[ \t]+/g, " "), body: text.slice(end + 2) };
}

function textOf({ headers, body }: Part): string | undefined {
  const [, type = "text/plain"] = /^content-type:\s*([\w/+-]+)/im.exec(headers) ?? [];
  if (/^multipart\//i.test(type)) {
    const [, boundary] = /boundary="?([^";\n]+)"?/i.exec(headers) ?? [];
    if (boundary === undefined) return undefined;
    const parts = body
      .split(`--${boundary}`)
      .slice(1, -1)
      .map((part) => splitHead(part.replace(/^[ \t]*\n/, "")));
    const isPlain = ({ headers: head }: Part): boolean => /content-type:\s*text\/plain/i.test(head);
    const best = parts.find(isPlain) ?? parts[0];
    return best === undefined ? undefined : textOf(best);
  }
  const [, encoding = ""] = /^content-transfer-encoding:\s*([\w-]+)/im.exec(headers) ?? [];
  const decoded = decode(body, encoding.toLowerCase());
  if (/^text\/html$/i.test(type) || /<html|<body|<\/?(?:font|table|br|p)\b/i.test(decoded))
    return htmlToText(decoded);
  return /^text\/plain$/i.test(type) ? decoded : undefined;
}

function decode(body: string, encoding: string): string {
  if (encoding === "base64") return Buffer.from(body, "base64").toString("latin1");
  if (encoding !== "quoted-printable") return body;
  return body
    .replace(/=[ \t]*\n/g, "")
    .replace(/=([0-9A-F]{2})/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
}

const ENTITIES: Readonly<Record<string, string>> = {
  amp: "&",
  lt: "<",
  gt: ">",
  quot: '"',
  nbsp: " ",
  copy: "(c)",
};

function htmlToText(html: string): string {
  return html
    .replace(/<(script|style|head|title)\b[\s\S]*?<\/\1>/gi, " ")
    .replace(/<!--[\s\S]*?-->|<![^>]*>/g, "")
    .replace(/\s+/g, " ")
    .replace(/<(?:br|\/p|\/div|\/tr|\/h\d|\/li|hr)\b[^>]*>/gi, "\n")
    .replace(/<[^>]*>/g, "")
    .replace(/&(\w+);/g, (whole, name: string) => ENTITIES[name.toLowerCase()] ?? whole)
    .replace(/&#(\d+);/g, (_, code: string) => String.fromCharCode(Number(code)))
    .replace(/^[ \t]+/gm, "")
    .replace(/\n{2,}/g, "\n");
}
