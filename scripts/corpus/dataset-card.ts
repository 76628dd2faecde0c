import { createHash } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { SafeWriter } from "./pack.js";
import { PINS, type Pin, type PinName } from "./pins.js";

export type DatasetRow = Readonly<Record<string, unknown>>;

export interface CompletionRow {
  readonly prompt: string;
  readonly completion: string;
  readonly [field: string]: string;
}

export interface DatasetSpec {
  /** The folder's name. */
  readonly name: string;
  readonly title: string;
  readonly about: string;
  readonly licence: string;
  /** The notice the licence asks for, kept beside the data. */
  readonly notice: string;
  /** What the rows are read from; the first is named first. */
  readonly pins: readonly [PinName, ...PinName[]];
  readonly splits: Readonly<Record<string, readonly DatasetRow[]>>;
  /** Files become `<split>.jsonl.gz`; the card's bytes and checksums are those of the unpacked files. */
  readonly compressed?: boolean;
  readonly notes: readonly string[];
}

/** Writes `<split>.jsonl`, LICENSE and the card README.md of a vendored data set; returns the bytes of its files. */
export function writeDataset(root: string, spec: DatasetSpec): number {
  const folder = join(root, spec.name);
  mkdirSync(folder, { recursive: true });
  let stored = 0;
  const files = Object.entries(spec.splits).map(([split, rows]) => {
    const content = rows.map((row) => `${JSON.stringify(row)}\n`).join("");
    const file = `${split}.jsonl${spec.compressed ? ".gz" : ""}`;
    const bytes = spec.compressed ? gzipSync(content, { level: 9 }) : Buffer.from(content);
    write(join(folder, file), bytes);
    stored += bytes.length;
    const sha256 = createHash("sha256").update(content).digest("hex");
    return { file, rows: rows.length, bytes: Buffer.byteLength(content), sha256 };
  });
  write(join(folder, "LICENSE"), `${spec.notice.trim()}\n`);
  write(join(folder, "README.md"), card(spec, files));
  return stored;
}

function write(path: string, content: string | Uint8Array): void {
  const writer = new SafeWriter(path);
  writer.write(content);
  writer.finish();
}

function card(
  spec: DatasetSpec,
  files: readonly { file: string; rows: number; bytes: number; sha256: string }[],
): string {
  const sources = spec.pins.map((name) => {
    const { registry, package: id, sha256 }: Pin = PINS[name];
    return `- Source: ${registry === "npm" ? "npm" : "Debian"} package \`${id}\` (sha256 \`${sha256}\`)`;
  });
  const [[split, rows]] = Object.entries(spec.splits);
  const table = files.map(
    ({ file, rows, bytes, sha256 }) => `| ${file} | ${rows} | ${bytes} | \`${sha256}\` |`,
  );
  return `# ${spec.title}

${spec.about}

| file | rows | bytes | sha256 |
|---|---|---|---|
${table.join("\n")}

- Format: one JSON object a line. First row of ${split}.jsonl: \`${JSON.stringify(rows[0])}\`
${sources.join("\n")}
- Licence: ${spec.licence}; the notice is in LICENSE
- Made by: \`node scripts/dist/corpus/datasets.js\` (same source, same bytes)
${spec.compressed ? "- Bytes and checksums are those of the unpacked files; `loadRows` reads the packed ones\n" : ""}${spec.notes.map((note) => `- ${note}`).join("\n")}
`;
}
