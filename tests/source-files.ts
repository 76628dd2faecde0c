import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative, resolve, sep } from "node:path";
import { parseSync } from "oxc-parser";

/** The top of the checkout, seen from tests/dist. */
export const ROOT = resolve(import.meta.dirname, "..", "..");

export interface SourceFile {
  /** Relative to the checkout, with forward slashes. */
  readonly path: string;
  readonly text: string;
  /** What it imports, re-exports or names in an import type, as written. */
  readonly imports: readonly string[];
  readonly functions: readonly { readonly line: number; readonly lines: number }[];
  readonly usesAny: boolean;
  readonly hasDefaultExport: boolean;
}

interface AstNode {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly source?: AstNode | null;
  readonly argument?: AstNode;
  readonly value?: unknown;
}

const isNode = (value: unknown): value is AstNode =>
  typeof value === "object" && value !== null && typeof (value as AstNode).type === "string";

function* walk(node: AstNode): Generator<AstNode> {
  yield node;
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? (value as unknown[]) : [value]) {
      if (isNode(child)) yield* walk(child);
    }
  }
}

const FUNCTIONS = new Set(["FunctionDeclaration", "FunctionExpression", "ArrowFunctionExpression"]);
const IMPORTS = new Set([
  "ImportDeclaration",
  "ExportAllDeclaration",
  "ExportNamedDeclaration",
  "ImportExpression",
  "TSImportType",
]);

export function parseSource(path: string, text: string): SourceFile {
  const { program, errors } = parseSync(path, text);
  if (errors.length > 0) throw new Error(`${path}: ${errors[0].message}`);
  const nodes = [...walk(program)];
  const lineOf = (offset: number): number => text.slice(0, offset).split("\n").length;
  const specifiers = nodes
    .filter(({ type }) => IMPORTS.has(type))
    .map(({ source, argument }) => (source ?? argument)?.value)
    .filter((value): value is string => typeof value === "string");
  return {
    path,
    text,
    imports: specifiers,
    functions: nodes
      .filter(({ type }) => FUNCTIONS.has(type))
      .map(({ start, end }) => ({ line: lineOf(start), lines: lineOf(end) - lineOf(start) + 1 })),
    usesAny: nodes.some(({ type }) => type === "TSAnyKeyword"),
    hasDefaultExport: nodes.some(({ type }) => type === "ExportDefaultDeclaration"),
  };
}

const SKIPPED = new Set(["node_modules", "dist"]);

/** TypeScript files under a folder of the checkout. */
export function sourceFiles(folder: string): SourceFile[] {
  const top = join(ROOT, folder);
  if (!existsSync(top)) return [];
  return readdirSync(top, { withFileTypes: true }).flatMap((entry) => {
    const path = relative(ROOT, join(top, entry.name)).split(sep).join("/");
    if (entry.isDirectory()) return SKIPPED.has(entry.name) ? [] : sourceFiles(path);
    return /(?<!\.d)\.ts$/.test(entry.name)
      ? [parseSource(path, readFileSync(join(ROOT, path), "utf8"))]
      : [];
  });
}
