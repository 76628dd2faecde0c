import { compileTypeScript, loadOxc, readOptions, type SyntaxFault } from "../compile/index.js";
import type { CellProgram } from "../link/index.js";
import { isNode, type Node, type Statement, names, patternNames } from "./syntax.js";
import { Pieces } from "./pieces.js";
import { rewriteExpressions, SETTLE } from "./rewrite.js";

export type Transformed =
  | { readonly ok: true; readonly program: CellProgram; readonly names: readonly string[] }
  | { readonly ok: false; readonly fault: SyntaxFault };

/**
 * Cell → script that can be run again and again in one realm.
 *
 * Top-level names become variables of the realm, imports become `await import()`, the last expression
 * is returned. The script is an async function only if the cell awaits.
 */
export function transformCell(source: string, folder = process.cwd()): Transformed {
  const compiled = compileTypeScript(source, readOptions(folder), "cell");
  if (!compiled.ok) return compiled;
  const { code: script, mappings } = compiled;
  const parsed = loadOxc().parser.parseSync("cell.js", script, { lang: "js", sourceType: "module" });
  const built = buildScript(script, parsed.program.body as unknown as Statement[], disposesAtEnd(source));
  return {
    ok: true,
    names: built.names,
    program: { code: built.pieces.text, pieces: built.pieces.table, script, mappings, source },
  };
}

/** Whether the cell itself, not only a block in it, declares with `using`. */
function disposesAtEnd(source: string): boolean {
  if (!/\busing\b/.test(source)) return false;
  const { program } = loadOxc().parser.parseSync("cell.ts", source, { lang: "ts", sourceType: "module" });
  return (program.body as unknown as Statement[]).some(
    ({ type, kind }) => type === "VariableDeclaration" && String(kind).endsWith("using"),
  );
}

function buildScript(
  script: string,
  body: readonly Statement[],
  disposes: boolean,
): { pieces: Pieces; names: string[] } {
  const { edits, awaits, hoisted } = rewriteExpressions(body);
  const pieces = new Pieces(script, edits);
  const unwrap = disposes ? usingBlock : () => undefined;
  const statements = topLevel(body, unwrap);
  const declared = new Set(hoisted);
  for (const statement of statements) for (const name of names(statement)) declared.add(name);
  const imports = statements.filter((statement) => statement.type === "ImportDeclaration");
  const asynchronous = awaits || imports.length > 0;
  if (declared.size > 0) pieces.add(`var ${[...declared].join(", ")};\n`);
  pieces.add(`(${asynchronous ? "async " : ""}() => { "use strict";\n`);
  for (const name of new Set(statements.flatMap(merging))) pieces.add(`${name} = undefined;\n`);
  for (const statement of statements) placeFunction(pieces, statement);
  for (const statement of imports) placeImport(pieces, statement);
  placeBody(pieces, body, unwrap);
  pieces.add("\n})()");
  return { pieces, names: [...declared] };
}

/** Lowered `using` wraps the whole cell in try/finally; its block is then the cell's top level. */
function usingBlock(statement: Statement): Statement[] | undefined {
  if (statement.type !== "TryStatement") return undefined;
  const block = (statement["block"] as { body: Statement[] }).body;
  const first = block[0];
  return first?.type === "VariableDeclaration" && names(first)[0]?.startsWith("_usingCtx")
    ? block
    : undefined;
}

type Unwrap = (statement: Statement) => Statement[] | undefined;

function topLevel(body: readonly Statement[], unwrap: Unwrap): Statement[] {
  return body.flatMap((statement) => {
    const inner = unwrap(statement);
    return inner ? topLevel(inner, unwrap) : [declaration(statement)];
  });
}

/** What an `export` declares, or the statement itself. */
function declaration(statement: Statement): Statement {
  if (statement.type === "ExportNamedDeclaration" || statement.type === "ExportDefaultDeclaration") {
    const inner = statement["declaration"];
    if (
      isNode(inner) &&
      inner.type.endsWith("Declaration") &&
      (inner["id"] || inner.type === "VariableDeclaration")
    ) {
      return inner;
    }
  }
  return statement;
}

/** Names whose own earlier value a declaration would extend (enums, namespaces, bare `var`): they start anew. */
function merging(statement: Statement): string[] {
  if (statement.type !== "VariableDeclaration") return [];
  return (statement["declarations"] as Node[]).flatMap((one) => {
    const init = one["init"];
    if (init === null) return statement["kind"] === "var" ? patternNames(one["id"] as Node) : [];
    const argument =
      isNode(init) && init.type === "CallExpression" ? (init["arguments"] as Node[]).at(-1) : undefined;
    const own = argument?.type === "LogicalExpression" ? (argument["left"] as Node)["name"] : undefined;
    return typeof own === "string" && own === (one["id"] as Node)["name"] ? [own] : [];
  });
}

function placeFunction(pieces: Pieces, statement: Statement): void {
  if (statement.type !== "FunctionDeclaration") return;
  const id = statement["id"] as Node & { name: string };
  pieces.add(`${id.name} = `);
  pieces.copy(statement.start, id.start);
  pieces.copy(id.end, statement.end);
  pieces.add(";\n");
}

function placeImport(pieces: Pieces, statement: Statement): void {
  const specifiers = statement["specifiers"] as readonly (Node & { local: { name: string } })[];
  const space = specifiers.find((specifier) => specifier.type === "ImportNamespaceSpecifier");
  const named = specifiers.filter((specifier) => specifier !== space);
  const list = named.map(
    (specifier) => `${JSON.stringify(importedName(specifier))}: ${specifier.local.name}`,
  );
  if (named.length > 0) pieces.add(`({ ${list.join(", ")} } = `);
  if (space) pieces.add(`${space.local.name} = `);
  placeLoad(pieces, statement);
  if (named.length > 0) pieces.add(")");
  pieces.add(";\n");
}

/** `settle(…, await load("x", () => import("x")))`, with the attributes of the import. */
function placeLoad(pieces: Pieces, statement: Statement): void {
  const source = statement["source"] as Node;
  const attributes = (statement["attributes"] ?? []) as readonly Node[];
  pieces.add(`${SETTLE}await `);
  pieces.mark(statement.start);
  pieces.add("__gradlab.load(");
  pieces.copy(source.start, source.end);
  pieces.add(", () => import(");
  pieces.copy(source.start, source.end);
  attributes.forEach((attribute, i) => {
    pieces.add(i === 0 ? ", { with: { " : ", ");
    pieces.copy(attribute.start, attribute.end);
  });
  pieces.add(attributes.length > 0 ? " } })))" : ")))");
}

function importedName(specifier: Node): string {
  if (specifier.type === "ImportDefaultSpecifier") return "default";
  const imported = specifier["imported"] as { name?: string; value?: string };
  return imported.name ?? imported.value ?? "default";
}

function placeBody(pieces: Pieces, body: readonly Statement[], unwrap: Unwrap, outer = true): void {
  const last = body.at(-1);
  for (const original of body) {
    const inner = unwrap(original);
    if (inner) {
      const block = original["block"] as Node;
      pieces.copy(original.start, block.start + 1);
      placeBody(pieces, inner, unwrap, outer && original === last);
      pieces.copy(block.end - 1, original.end);
    } else {
      placeStatement(pieces, original, outer && original === last);
    }
    pieces.add("\n");
  }
}

const GONE = new Set(["ImportDeclaration", "FunctionDeclaration", "ExportAllDeclaration", "EmptyStatement"]);

function placeStatement(pieces: Pieces, original: Statement, last: boolean): void {
  const statement = declaration(original);
  if (GONE.has(statement.type)) return;
  if (statement.type === "VariableDeclaration") {
    pieces.declaration(statement);
  } else if (statement.type === "ClassDeclaration") {
    pieces.add(`${(statement["id"] as { name: string }).name} = `);
    pieces.copy(statement.start, statement.end);
    pieces.add(";");
  } else if (statement.type === "ExportDefaultDeclaration" || statement.type === "ExpressionStatement") {
    const expression = (statement["expression"] ?? statement["declaration"]) as Node;
    pieces.mark(expression.start); // where V8 says that an `eval` stands
    pieces.add(last ? "return (" : "(");
    pieces.copy(expression.start, expression.end);
    pieces.add(");");
  } else if (statement.type !== "ExportNamedDeclaration") {
    pieces.copy(statement.start, statement.end);
  }
}
