/** The little of ESTree that the kernel looks at. */
export interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [key: string]: unknown;
}
export type Statement = Node;

export function isNode(value: unknown): value is Node {
  return (
    typeof value === "object" && value !== null && typeof (value as { type?: unknown }).type === "string"
  );
}

/** The children of a node in source order of its properties. */
export function children(node: Node): Node[] {
  const found: Node[] = [];
  for (const key in node) {
    const value = node[key];
    if (Array.isArray(value)) found.push(...value.filter(isNode));
    else if (isNode(value)) found.push(value);
  }
  return found;
}

/** The names that a binding pattern introduces. */
export function patternNames(pattern: Node | null): string[] {
  if (pattern === null) return [];
  switch (pattern.type) {
    case "Identifier":
      return [pattern["name"] as string];
    case "ObjectPattern":
      return (pattern["properties"] as Node[]).flatMap((property) =>
        patternNames((property.type === "RestElement" ? property["argument"] : property["value"]) as Node),
      );
    case "ArrayPattern":
      return (pattern["elements"] as (Node | null)[]).flatMap(patternNames);
    case "AssignmentPattern":
      return patternNames(pattern["left"] as Node);
    case "RestElement":
      return patternNames(pattern["argument"] as Node);
    default:
      return [];
  }
}

/** The names that a top-level statement declares as values. */
export function names(statement: Statement): string[] {
  switch (statement.type) {
    case "VariableDeclaration":
      return (statement["declarations"] as Node[]).flatMap((one) => patternNames(one["id"] as Node));
    case "FunctionDeclaration":
    case "ClassDeclaration":
      return isNode(statement["id"]) ? [statement["id"]["name"] as string] : [];
    case "ImportDeclaration":
      return (statement["specifiers"] as Node[]).map(
        (specifier) => (specifier["local"] as Node)["name"] as string,
      );
    default:
      return [];
  }
}

const FUNCTIONS = new Set(["FunctionDeclaration", "FunctionExpression", "ArrowFunctionExpression"]);

/** True where `await` and `var` belong to something other than the cell. */
export function isScope(node: Node): boolean {
  return FUNCTIONS.has(node.type) || node.type === "StaticBlock" || node.type === "PropertyDefinition";
}
