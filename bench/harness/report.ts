import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { format } from "prettier";
import { benchRoot } from "./paths.js";

const HEADING = `# Measured results

Written by \`npm run bench\`: every run replaces only the sections of the benches that it ran. All peers of a section stay
alive side by side and take turns (order rotated); figures are medians over the rounds. "cpu" is user + sys time of the
process: where the machine is shared it is steadier than wall time. A ratio below 1 means that gradlab is faster or smaller.
`;

/** A Markdown table. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(header), line(header.map(() => "---")), ...rows.map(line)].join("\n");
}

function replaceSection(text: string, name: string, section: string): string {
  const [open, close] = [`<!-- bench:${name} -->`, `<!-- /bench:${name} -->`];
  const block = `${open}\n\n${section.trim()}\n\n${close}`;
  const [start, end] = [text.indexOf(open), text.indexOf(close)];
  if (start < 0 || end < 0) return `${text.trimEnd()}\n\n${block}\n`;
  return text.slice(0, start) + block + text.slice(end + close.length);
}

/** Replaces or appends one section of bench/RESULTS.md; the file is renamed into place. */
export async function writeSection(name: string, section: string): Promise<void> {
  const path = join(benchRoot, "RESULTS.md");
  const before = existsSync(path) ? readFileSync(path, "utf8") : HEADING;
  const after = replaceSection(before, name, section);
  const formatted = await format(after, { parser: "markdown", printWidth: 110 });
  writeFileSync(path + ".tmp", formatted);
  renameSync(path + ".tmp", path);
}
