import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import { CsvReader } from "../../csv.js";
import { parseJson } from "../../parse-json.js";
import { LineReader, type LinePlace } from "../../read-lines.js";
import type { SourceRecord } from "../../record.js";
import type { Stage } from "../stage.js";

interface RecordReader {
  next(): Promise<SourceRecord | undefined>;
  place(): LinePlace | undefined;
  close(): Promise<void>;
}

type OpenReader = (path: string, at?: LinePlace) => RecordReader;

/** Readers of text formats by the ending of a file's name; each also takes .gz. */
export const TEXT_FORMATS: Readonly<Record<string, OpenReader>> = {
  ".jsonl": readJsonLines,
  ".ndjson": readJsonLines,
  ".csv": (path, at) => new CsvReader(path, ",", at),
  ".tsv": (path, at) => new CsvReader(path, "\t", at),
  ".txt": readTextLines,
};

/** The rows of a text file, read as they are asked for. */
export function textFile(path: string, format: string): Stage<unknown> {
  const open = TEXT_FORMATS[format];
  return {
    operator: "file",
    settings: [format],
    inputs: [],
    open(at) {
      const reader = open(path, at as LinePlace | undefined);
      return {
        next: () => reader.next(),
        state: () => reader.place(),
        close: () => reader.close(),
      };
    },
    content: () => hashFile(path),
  };
}

/** SHA-256 of a file's bytes; of a .gz, of the inflated ones, so that packing changes nothing. */
export async function hashFile(path: string): Promise<string> {
  // Opening names a missing file in the user's words.
  await new LineReader(path).next();
  const hash = createHash("sha256");
  const file = createReadStream(path, { highWaterMark: 1 << 20 });
  if (path.endsWith(".gz")) await pipeline(file, createGunzip(), hash);
  else await pipeline(file, hash);
  return hash.digest("hex");
}

function readJsonLines(path: string, at?: LinePlace): RecordReader {
  return lineRecords(new LineReader(path, at), (text, line) => parseJson(text, path, line));
}

function readTextLines(path: string, at?: LinePlace): RecordReader {
  return lineRecords(new LineReader(path, at), (text) => ({ text }));
}

/** One record a line; empty lines are none. */
function lineRecords(lines: LineReader, parse: (text: string, line: number) => unknown): RecordReader {
  const { path } = lines;
  return {
    async next() {
      for (let line = await lines.next(); line !== undefined; line = await lines.next()) {
        if (line.text.trim() === "") continue;
        return { value: parse(line.text, line.number), where: { file: path, line: line.number } };
      }
      return undefined;
    },
    place: () => lines.place(),
    close: () => lines.close(),
  };
}
