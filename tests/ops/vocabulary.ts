import { loweringOf, OPS, STOP, type AnyOp, type OpName } from "gradlab";
import { sourceFiles } from "../source-files.js";

export type Row = readonly string[];

const cell = (text: string): string => text.replaceAll("|", "\\|").replace(/\s+/g, " ").trim();

function gradientOf({ vjp }: AnyOp): string {
  if (typeof vjp === "function") return "yes";
  const why = (vjp as { nondifferentiable: string }).nondifferentiable;
  return why === STOP ? "stops, by definition" : `no: ${why}`;
}

/** One row for each op: name, definition, gradient, and how the engines run it. */
export const opRows = (): Row[] =>
  (Object.entries(OPS) as unknown as [OpName, AnyOp][]).map(([name, op]) =>
    [`\`${name}\``, op.doc.replace(/\.$/, ""), gradientOf(op), loweringOf(name)].map(cell),
  );

/** The first sentence of the docstring that ends right before `index`. */
function sentenceBefore(text: string, index: number): string {
  const start = text.lastIndexOf("/**", index);
  const comment = text.slice(start, text.indexOf("*/", start)).replace(/^\/\*\*|^\s*\*(?!\/) ?/gm, "");
  const plain = comment.replace(/\{@link (\w+)\}/g, "`$1`").split(/\n\s*\n|\s@/)[0];
  return plain
    .replace(/\s+/g, " ")
    .trim()
    .split(/(?<=\.) (?=[A-Z0-9])/)[0]
    .replace(/\.$/, "");
}

/** One row for each exported function of the vocabulary: name, what it gives, and whether tensors have it as a method. */
export function functionRows(): Row[] {
  const files = sourceFiles("sdk/src/ops");
  const door = files.find(({ path }) => path.endsWith("/index.ts"))!.text;
  const exported = new Set(
    [...door.matchAll(/^export \{([^}]*)\}/gm)].flatMap(([, names]) =>
      names
        .split(",")
        .map((name) => name.trim())
        .filter((name) => name && !name.startsWith("type ")),
    ),
  );
  const rows = files.flatMap(({ text }) =>
    [...text.matchAll(/^export (?:const|function) (\w+)(?: =|\()/gm)]
      .filter(([, name]) => exported.has(name))
      .map((match) => {
        const method = new RegExp(`Tensor\\.prototype\\.${match[1]} =`).test(text);
        return [`\`${match[1]}\``, sentenceBefore(text, match.index), method ? "yes" : ""].map(cell);
      }),
  );
  return rows.sort(([a], [b]) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1));
}

/** The rows of the tables in a page of Markdown, by their heading. */
export function tablesOf(markdown: string): Map<string, Row[]> {
  const tables = new Map<string, Row[]>();
  for (const section of markdown.split(/^## /m).slice(1)) {
    const [title, ...lines] = section.split("\n");
    const rows = lines.filter((line) => line.startsWith("|")).slice(2);
    const cells = rows.map((row) =>
      row
        .split(/(?<!\\)\|/)
        .slice(1, -1)
        .map((text) => text.trim()),
    );
    if (cells.length > 0) tables.set(title.trim(), cells);
  }
  return tables;
}

export const table = (head: Row, rows: readonly Row[]): string =>
  [head, head.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n");
