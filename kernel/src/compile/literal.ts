import { loadOxc } from "./oxc.js";

interface Literal {
  readonly type: string;
  readonly value?: unknown;
  readonly elements?: readonly Literal[];
  readonly properties?: readonly {
    readonly key: { readonly name?: string; readonly value?: string | number };
    readonly value: Literal;
  }[];
  readonly expression?: Literal;
}

/** JSON with comments and trailing commas, as TypeScript writes it; undefined when it is neither. */
export function parseJsonc(text: string): unknown {
  const { program, errors } = loadOxc().parser.parseSync("options.js", `(${text.replace(/^\ufeff/, "")}\n)`);
  const statement = (program.body as unknown as readonly Literal[])[0];
  if (errors.length > 0 || statement?.expression === undefined) return undefined;
  return valueOf(statement.expression);
}

function valueOf(node: Literal): unknown {
  switch (node.type) {
    case "ParenthesizedExpression":
      return node.expression && valueOf(node.expression);
    case "ObjectExpression":
      return Object.fromEntries(
        (node.properties ?? []).map(({ key, value }) => [String(key.value ?? key.name), valueOf(value)]),
      );
    case "ArrayExpression":
      return (node.elements ?? []).map(valueOf);
    default:
      return node.value;
  }
}
