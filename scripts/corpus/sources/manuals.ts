import { tidy, type Document } from "../document.js";
import { openArchive } from "../fetch.js";

/** Python's documentation: the reStructuredText sources without labels, index entries and the change log. */
export function readPythonDocs(cacheFolder: string): Document[] {
  return openArchive("pythonDocs", cacheFolder)
    .filter(({ path }) => path.endsWith(".rst.txt") && !path.endsWith("/whatsnew/changelog.rst.txt"))
    .map((file) => ({
      source: "python-docs",
      id: file.path.replace(/^.*\/_sources\/|\.rst\.txt$/g, ""),
      kind: "prose" as const,
      text: cleanRst(file.text()),
    }))
    .filter(({ text }) => text.length > 400);
}

/** Prose and code of reStructuredText, without labels, index entries and comments. */
export function cleanRst(rst: string): string {
  return tidy(
    rst
      .replace(/^\.\. _[^\n]*:\s*$/gm, "")
      .replace(
        /^ *\.\. (?:index|sectionauthor|moduleauthor|testsetup|testcleanup|highlight|only|role|tabularcolumns)::.*(?:\n(?: +\S.*)?)*?(?=\n\S|\n\n)/gm,
        "",
      )
      .replace(/^\.\. (?!\w+::)[^\n]*(?:\n {3,}[^\n]*)*/gm, "")
      .replace(/:[\w:+-]+:`!?~?([^`<]+?)\s*<[^`>]*>`/g, "$1")
      .replace(/:[\w:+-]+:`!?~?([^`]+)`/g, "`$1`")
      .replace(/``/g, "`"),
  );
}

/** The PostgreSQL 15 manual by page, without navigation, contents, release notes and the index. */
export function readPostgresManual(cacheFolder: string): Document[] {
  return openArchive("postgresql", cacheFolder)
    .filter(
      ({ path }) =>
        path.endsWith(".html") &&
        !/\/(?:release|bookindex|index|legalnotice|sql-keywords|features)/.test(path),
    )
    .map((file) => ({
      source: "postgresql-manual",
      id: file.path.replace(/^.*\/|\.html$/g, ""),
      kind: "prose" as const,
      text: htmlToText(file.text()),
    }))
    .filter(({ text }) => text.length > 400);
}

const BLOCK = /<\/?(?:p|div|h\d|ul|ol|dl|table|tr|thead|tbody|pre|blockquote)\b[^>]*>/g;

function htmlToText(html: string): string {
  const body = html
    .replace(/^[\s\S]*?<body[^>]*>/, "")
    .replace(/<div class="navheader">[\s\S]*?<hr ?\/?><\/div>/, "")
    .replace(/<div class="navfooter">[\s\S]*$/, "")
    .replace(/<div class="toc">[\s\S]*?<\/div>/g, "");
  const parts = body.split(/(<pre[^>]*>[\s\S]*?<\/pre>)/);
  return tidy(parts.map((part) => (part.startsWith("<pre") ? `\n${plain(part)}\n` : flow(part))).join(""));
}

function flow(html: string): string {
  return plain(
    html
      .replace(/\s+/g, " ")
      .replace(/<li[^>]*>\s*(?:<p[^>]*>)?/g, "\n- ")
      .replace(/<dt[^>]*>/g, "\n")
      .replace(/<dd[^>]*>\s*(?:<p[^>]*>)?/g, "\n  ")
      .replace(/<\/t[dh]>/g, " | ")
      .replace(BLOCK, "\n\n"),
  )
    .replace(/ +/g, " ")
    .replace(/ *\n */g, "\n")
    .replace(/^\|$/gm, "");
}

function plain(html: string): string {
  return html
    .replace(/<[^>]+>/g, "")
    .replace(/&lt;/g, "<")
    .replace(/&gt;/g, ">")
    .replace(/&quot;/g, '"')
    .replace(/&#(\d+);/g, (_, code: string) => String.fromCodePoint(Number(code)))
    .replace(/&nbsp;/g, " ")
    .replace(/&amp;/g, "&");
}
