import { same, type Operand, type Syntax } from "./languages.js";

/** A number taken out of a list is an object, which == compares by identity. */
const isBoxed = ({ expression }: Operand): boolean =>
  expression.kind === "index" && expression.target.type === "int[]";

export const JAVA: Syntax = {
  title: "Java",
  types: {
    int: "int",
    bool: "boolean",
    string: "String",
    "int[]": "List<Integer>",
    "string[]": "List<String>",
  },
  name: same,
  literal: (value) => JSON.stringify(value),
  empty: () => "new ArrayList<>()",
  and: "&&",
  or: "||",
  not: (operand) => `!${operand}`,
  binary: (op, left, right) => {
    const isText = left.expression.type === "string";
    if ((op === "==" || op === "!=") && (isText || (isBoxed(left) && isBoxed(right))))
      return `${op === "!=" ? "!" : ""}${left.text}.equals(${right.text})`;
    if (isText && /^[<>]=?$/.test(op)) return `${left.text}.compareTo(${right.text}) ${op} 0`;
    return op === "//" ? `Math.floorDiv(${left.text}, ${right.text})` : undefined;
  },
  call: (name, args) => {
    const [first, second, third] = args.map(({ text }) => text);
    switch (name) {
      case "len":
        return args[0].expression.type === "string" ? `${first}.length()` : `${first}.size()`;
      case "code":
        return `(int) ${first}.charAt(0)`;
      case "char":
        return `String.valueOf((char) (${first}))`;
      case "str":
        return `String.valueOf(${first})`;
      case "slice":
        return `${first}.substring(${second}, ${third})`;
      default:
        return `Math.${name}(${args.map(({ text }) => text).join(", ")})`;
    }
  },
  index: ({ text, expression }, index) =>
    expression.type === "string" ? `String.valueOf(${text}.charAt(${index}))` : `${text}.get(${index})`,
  declare: (type, name, value) => `${JAVA.types[type]} ${name} = ${value}`,
  append: (name, value) => `${name}.add(${value})`,
  each: (name, of) => {
    if (of.expression.type === "string")
      return {
        head: `for (char ${name}Char : ${of.text}.toCharArray()) {`,
        first: `String ${name} = String.valueOf(${name}Char);`,
      };
    return { head: `for (${of.expression.type === "int[]" ? "int" : "String"} ${name} : ${of.text}) {` };
  },
  range: (name, from, to) => `for (int ${name} = ${from}; ${name} < ${to}; ${name}++) {`,
  head: (word, condition) => `${word} (${condition}) {`,
  end: ";",
  close: "}",
  otherwise: "} else {",
  function: (name, parameters, returns) =>
    `static ${JAVA.types[returns]} ${name}(${parameters.join(", ")}) {`,
  parameter: (name, type) => `${JAVA.types[type]} ${name}`,
  indent: 4,
};
