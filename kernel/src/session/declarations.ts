import { isNode, type Node, names, type Statement } from "./syntax.js";
import { isJsx, parseModule } from "../compile/index.js";

/** What one top-level statement declares, types included. */
export interface Declaration {
  readonly names: readonly string[];
  readonly kind: "let" | "fixed";
  readonly exported: boolean;
  /** What completion calls it. */
  readonly what: string;
}

/** Types, and what TypeScript adds, that `names` does not know. */
const NAMED: Readonly<Record<string, string>> = {
  TSInterfaceDeclaration: "interface",
  TSTypeAliasDeclaration: "type",
  TSEnumDeclaration: "enum",
  TSModuleDeclaration: "module",
  TSDeclareFunction: "function",
  TSImportEqualsDeclaration: "variable",
};
const VALUES: Readonly<Record<string, string>> = {
  FunctionDeclaration: "function",
  ClassDeclaration: "class",
};

/** The top-level declarations of a cell; undefined when it cannot be parsed. */
export function parseTypeScript(code: string): Declaration[] | undefined {
  const lang = isJsx(code) ? "tsx" : "ts";
  const parsed = parseModule(code, lang);
  if (parsed.errors.length > 0) return undefined;
  return (parsed.program.body as unknown as Statement[]).map(declares);
}

/** The text of the top-level statement that declares `name`, with the comment above it. */
export function declarationSource(code: string, name: string): string | undefined {
  const parsed = parseModule(code, "ts");
  if (parsed.errors.length > 0) return undefined;
  const body = parsed.program.body as unknown as Statement[];
  const at = body.findLastIndex((statement) => declares(statement).names.includes(name));
  const found = body[at];
  if (found === undefined) return undefined;
  return code.slice(body[at - 1]?.end ?? 0, found.end).trim();
}

function declares(statement: Statement): Declaration {
  const exported = statement.type === "ExportNamedDeclaration";
  const inner: Node = exported && isNode(statement["declaration"]) ? statement["declaration"] : statement;
  const kind = inner.type === "VariableDeclaration" && inner["kind"] !== "const" ? "let" : "fixed";
  const what =
    NAMED[inner.type] ?? VALUES[inner.type] ?? (inner["kind"] === "const" ? "constant" : "variable");
  if (!Object.hasOwn(NAMED, inner.type)) return { names: names(inner), kind, exported, what };
  const id = inner["id"];
  const name = isNode(id) && id.type === "Identifier" ? [id["name"] as string] : [];
  return { names: name, kind, exported, what };
}

/** Where the expression stands that is the cell's result. */
export interface LastExpression {
  readonly start: number;
  readonly end: number;
  readonly statementStart: number;
  readonly statementEnd: number;
}

/** The expression with which a cell ends; undefined when it ends otherwise. */
export function lastExpression(code: string): LastExpression | undefined {
  const lang = isJsx(code) ? "tsx" : "ts";
  const parsed = parseModule(code, lang);
  const last = (parsed.program.body as unknown as Statement[]).findLast(
    ({ type }) => type !== "EmptyStatement",
  );
  if (parsed.errors.length > 0 || last?.type !== "ExpressionStatement") return undefined;
  const { start, end } = last["expression"] as Node;
  return { start, end, statementStart: last.start, statementEnd: last.end };
}
