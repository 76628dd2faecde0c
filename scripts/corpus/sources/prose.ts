import { inflateSync } from "node:zlib";
import { tidy, type Document } from "../document.js";
import { openArchive } from "../fetch.js";

/** State of the Union addresses (one a document) and the chapters of Moby-Dick. */
export function readBooks(cacheFolder: string): Document[] {
  return (["sotu", "mobyDick"] as const).flatMap((name) =>
    openArchive(name, cacheFolder)
      .filter(({ path }) => /\/data\/[^/]+\.txt$/.test(path))
      .map((file) => ({
        source: name === "sotu" ? "state-of-the-union" : "moby-dick",
        id: file.path.replace(/^.*\/|\.txt$/g, ""),
        kind: "prose" as const,
        text: tidy(file.text()),
      })),
  );
}

/** The World English Bible by chapter, without notes and headings. */
export function readBible(cacheFolder: string): Document[] {
  const files = openArchive("webBible", cacheFolder);
  return ["ot", "nt"].flatMap((part) => {
    const find = (extension: string): Buffer => {
      const file = files.find(({ path }) => path.endsWith(`/${part}.${extension}`));
      if (file === undefined) throw new Error(`The Bible text has no ${part}.${extension}`);
      return file.bytes();
    };
    return readBlocks(find("bzs"), find("bzz")).flatMap(chaptersOf);
  });
}

/** zText: an index of (offset, size, inflated size) and the zlib blocks, one for each book. */
function readBlocks(index: Buffer, data: Buffer): string[] {
  return Array.from({ length: index.length / 12 }, (_, block) => {
    const offset = index.readUInt32LE(block * 12);
    const size = index.readUInt32LE(block * 12 + 4);
    return size === 0 ? "" : inflateSync(data.subarray(offset, offset + size)).toString("utf8");
  });
}

function chaptersOf(book: string): Document[] {
  const chapters = book.split(/<chapter [^>]*osisID="([^"]+)"[^>]*>/);
  const documents: Document[] = [];
  for (let i = 1; i + 1 < chapters.length; i += 2) {
    const text = tidy(plainText(chapters[i + 1]));
    if (text.length > 200)
      documents.push({ source: "world-english-bible", id: chapters[i], kind: "prose", text });
  }
  return documents;
}

function plainText(osis: string): string {
  return osis
    .replace(/<chapter eID[\s\S]*$/, "")
    .replace(/<note[\s\S]*?<\/note>|<title[\s\S]*?<\/title>/g, "")
    .replace(/<(?:lb|l|lg)\b[^>]*>/g, "\n")
    .replace(/<div eID="[^"]*" type="x-p"\/>/g, "\n\n")
    .replace(/<[^>]+>/g, "")
    .replace(/&lt;/g, "<")
    .replace(/&gt;/g, ">")
    .replace(/&quot;/g, '"')
    .replace(/&amp;/g, "&")
    .replace(/[ \t]+/g, " ")
    .replace(/ *\n */g, "\n");
}
