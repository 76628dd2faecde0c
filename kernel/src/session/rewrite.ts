import { children, isNode, isScope, names, type Node, type Statement } from "./syntax.js";
import type { Edit } from "./pieces.js";

export interface Rewritten {
  readonly edits: readonly Edit[];
  /** The cell itself awaits, outside any function. */
  readonly awaits: boolean;
  /** `var` names of inner blocks: they too belong to the whole notebook. */
  readonly hoisted: readonly string[];
}

/**
 * Edits inside expressions: every `await` of the cell's code is followed by a look at whether the cell
 * was interrupted (so that a loop over awaits stops), and `import.meta` is that of the notebook's folder.
 */
export function rewriteExpressions(body: readonly Statement[]): Rewritten {
  const edits: Edit[] = [];
  const hoisted: string[] = [];
  let awaits = false;
  const visit = (node: Node, scoped: boolean, top: boolean): void => {
    if (node.type === "AwaitExpression") {
      edits.push({ start: node.start, end: node.start, text: SETTLE });
      edits.push({ start: node.end, end: node.end, text: ")" });
      awaits ||= !scoped;
    } else if (node.type === "ForOfStatement" && node["await"] === true) {
      awaits ||= !scoped;
      openLoop(node, edits);
    } else if (node.type === "MetaProperty" && (node["meta"] as Node)["name"] === "import") {
      edits.push({ start: node.start, end: node.end, text: "__gradlab.meta" });
    }
    const inner = scoped || isScope(node);
    for (const child of children(node)) {
      if (!inner && !top && child.type === "VariableDeclaration" && child["kind"] === "var") {
        hoisted.push(...names(child));
        unvar(child, node, edits);
      }
      visit(child, inner, isExport(node));
    }
    // behind the edits of what is imported: some of them stand at the same place
    if (node.type === "ImportExpression") openImport(node, edits);
  };
  for (const statement of body) visit(statement, false, isExport(statement));
  return { edits, awaits, hoisted };
}

function isExport(node: Node): boolean {
  return node.type === "ExportNamedDeclaration";
}

/** Every `await` becomes `settle(interrupts so far, await …)`: the count is read before the wait. */
export const SETTLE = "__gradlab.settle(__gradlab.interrupts.count, ";

/** `for await (const x of xs)` waits unseen: what it iterates is wrapped to look at the count at each step. */
function openLoop(loop: Node, edits: Edit[]): void {
  const right = loop["right"] as Node;
  edits.push({ start: right.start, end: right.start, text: "__gradlab.watch(" });
  edits.push({ start: right.end, end: right.end, text: ")" });
}

/** `import(x, y)` → `__gradlab.import(x, (s) => import(s, y))`: files may be TypeScript, and packages come later. */
function openImport(node: Node, edits: Edit[]): void {
  const source = node["source"] as Node;
  edits.push({ start: node.start, end: source.start, text: "__gradlab.import(" });
  edits.push({ start: source.end, end: source.end, text: ", (s) => import(s" });
  edits.push({ start: node.end, end: node.end, text: ")" });
}

/** Turns an inner `var a = 1` into an assignment of the notebook's variable. */
function unvar(declaration: Node, parent: Node, edits: Edit[]): void {
  const parts = declaration["declarations"] as Node[];
  const first = parts[0];
  const isHead = parent["left"] === declaration || parent["init"] === declaration;
  if (parts.some((one) => one["init"] === null && parent["left"] !== declaration)) {
    for (const one of parts) {
      if (one["init"] === null) edits.push({ start: one.end, end: one.end, text: " = undefined" });
    }
  }
  const pattern = isNode(first["id"]) && first["id"].type === "ObjectPattern" && !isHead;
  edits.push({ start: declaration.start, end: first.start, text: pattern ? "(" : "" });
  if (pattern) {
    const end = (parts.at(-1) as Node).end;
    edits.push({ start: end, end, text: ")" });
  }
}
