import { compileTypeScript, parseModule, readOptions, type SyntaxFault } from "../compile/index.js";
import type { CellProgram } from "../link/index.js";
import { isNode, type Node, type Statement, names, patternNames } from "./syntax.js";
import { countTimed, type MagicCalls, markOf, NO_CALLS, placeCall } from "./magic-calls.js";
import { Pieces } from "./pieces.js";
import { rewriteExpressions, SETTLE } from "./rewrite.js";

export type Transformed =
  | { readonly ok: true; readonly program: CellProgram; readonly names: readonly string[] }
  | { readonly ok: false; readonly fault: SyntaxFault };

export interface TransformOptions {
  /** What the user wrote, when `source` has something of the same length in place of it. */
  readonly original?: string;
  /** Whose tsconfig.json counts; by default that of the current folder. */
  readonly folder?: string;
  readonly calls?: MagicCalls;
}

/**
 * Cell → script that can be run again and again in one realm.
 *
 * Top-level names become variables of the realm, imports become `await import()`, the last expression
 * is returned. The script is an async function only if the cell awaits.
 */
export function transformCell(
  source: string,
  { original = source, folder = process.cwd(), calls = NO_CALLS }: TransformOptions = {},
): Transformed {
  const compiled = compileTypeScript(source, readOptions(folder), "cell");
  if (!compiled.ok) return compiled;
  const { code: script, mappings } = compiled;
  const parsed = parseModule(script, "js");
  const body = parsed.program.body as unknown as Statement[];
  const { pieces, names } = buildScript(script, body, disposesAtEnd(source), countTimed(calls, source));
  const program = { code: pieces.text, pieces: pieces.table, script, mappings, source: original, names };
  return { ok: true, names, program };
}

/** Whether the cell itself, not only a block in it, declares with `using`. */
function disposesAtEnd(source: string): boolean {
  if (!/\busing\b/.test(source)) return false;
  const { program } = parseModule(source, "ts");
  return (program.body as unknown as Statement[]).some(
    ({ type, kind }) => type === "VariableDeclaration" && String(kind).endsWith("using"),
  );
}

function buildScript(
  script: string,
  body: readonly Statement[],
  disposes: boolean,
  calls: MagicCalls,
): { pieces: Pieces; names: string[] } {
  const { edits, awaits, hoisted } = rewriteExpressions(body);
  const pieces = new Pieces(script, edits);
  const unwrap = disposes ? usingBlock : () => undefined;
  const statements = topLevel(body, unwrap);
  const declared = new Set(hoisted);
  for (const statement of statements) for (const name of names(statement)) declared.add(name);
  const imports = statements.filter((statement) => statement.type === "ImportDeclaration");
  const asynchronous = awaits || imports.length > 0 || calls.wait;
  if (declared.size > 0) pieces.add(`var ${[...declared].join(", ")};\n`);
  pieces.add(`(${asynchronous ? "async " : ""}() => { "use strict";\n`);
  for (const name of new Set(statements.flatMap(merging))) pieces.add(`${name} = undefined;\n`);
  for (const call of calls.first) placeCall(pieces, call);
  for (const statement of statements) placeFunction(pieces, statement);
  // what a magic installs or where it leads counts for the imports below it
  if (!calls.wait) for (const statement of imports) placeImport(pieces, statement);
  placeBody(pieces, body, { unwrap, calls });
  for (const call of calls.last) placeCall(pieces, call);
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

/** `bind("x", { name: "exported" }, …)`: the module's exports become the notebook's variables. */
function placeImport(pieces: Pieces, statement: Statement): void {
  const specifiers = statement["specifiers"] as readonly (Node & { local: { name: string } })[];
  const source = statement["source"] as Node;
  const list = specifiers.map(
    (specifier) => `${JSON.stringify(specifier.local.name)}: ${JSON.stringify(importedName(specifier))}`,
  );
  pieces.add("__gradlab.bind(");
  pieces.copy(source.start, source.end);
  pieces.add(`, { ${list.join(", ")} }, `);
  placeLoad(pieces, statement);
  pieces.add(");\n");
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
  if (specifier.type === "ImportNamespaceSpecifier") return "*";
  const imported = specifier["imported"] as { name?: string; value?: string };
  return imported.name ?? imported.value ?? "default";
}

interface Placing {
  readonly unwrap: Unwrap;
  readonly calls: MagicCalls;
}

function placeBody(pieces: Pieces, body: readonly Statement[], placing: Placing, outer = true): void {
  const last = body.at(-1);
  /** Statements that the last `%time` has yet to time. */
  let timed = 0;
  for (const original of body) {
    const inner = placing.unwrap(original);
    const call = placing.calls.marked.get(markOf(original));
    if (inner) {
      const block = original["block"] as Node;
      pieces.copy(original.start, block.start + 1);
      placeBody(pieces, inner, placing, outer && original === last);
      pieces.copy(block.end - 1, original.end);
    } else if (call !== undefined) {
      pieces.mark(original.start);
      placeCall(pieces, call);
      if (call.name === "time") timed = call.statements ?? 1;
    } else {
      const ends = timed === 1 || placing.calls.timed;
      if (original.type === "ImportDeclaration" && placing.calls.wait) placeImport(pieces, original);
      else placeStatement(pieces, original, outer && original === last, ends);
      if (timed === 1) pieces.add(" __gradlab.timer.end();");
      timed = Math.max(0, timed - 1);
    }
    pieces.add("\n");
  }
}

const GONE = new Set(["ImportDeclaration", "FunctionDeclaration", "ExportAllDeclaration", "EmptyStatement"]);

function placeStatement(pieces: Pieces, original: Statement, last: boolean, timed: boolean): void {
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
    const [before, after] = !last
      ? ["(", ");"]
      : timed
        ? ["return __gradlab.timer.end((", "));"]
        : ["return (", ");"];
    pieces.add(before);
    pieces.copy(expression.start, expression.end);
    pieces.add(after);
  } else if (statement.type !== "ExportNamedDeclaration") {
    pieces.copy(statement.start, statement.end);
  }
}
