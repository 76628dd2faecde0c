import { same, type Syntax } from "./languages.js";

export const TYPESCRIPT: Syntax = {
  title: "TypeScript",
  types: { int: "number", bool: "boolean", string: "string", "int[]": "number[]", "string[]": "string[]" },
  name: same,
  literal: (value) => JSON.stringify(value),
  empty: () => "[]",
  and: "&&",
  or: "||",
  not: (operand) => `!${operand}`,
  binary: (op, left, right) => {
    if (op === "//") return `Math.floor(${left.text} / ${right.text})`;
    if (op === "==" || op === "!=") return `${left.text} ${op}= ${right.text}`;
    return undefined;
  },
  call: (name, args) => {
    const [first, second, third] = args.map(({ text }) => text);
    switch (name) {
      case "len":
        return `${first}.length`;
      case "code":
        return `${first}.charCodeAt(0)`;
      case "char":
        return `String.fromCharCode(${first})`;
      case "str":
        return `String(${first})`;
      case "slice":
        return `${first}.slice(${second}, ${third})`;
      default:
        return `Math.${name}(${args.map(({ text }) => text).join(", ")})`;
    }
  },
  index: ({ text }, index) => `${text}[${index}]`,
  declare: (type, name, value) =>
    type.endsWith("[]") ? `const ${name}: ${TYPESCRIPT.types[type]} = ${value}` : `let ${name} = ${value}`,
  append: (name, value) => `${name}.push(${value})`,
  each: (name, of) => ({ head: `for (const ${name} of ${of.text}) {` }),
  range: (name, from, to) => `for (let ${name} = ${from}; ${name} < ${to}; ${name}++) {`,
  head: (word, condition) => `${word} (${condition}) {`,
  end: ";",
  close: "}",
  otherwise: "} else {",
  function: (name, parameters, returns) =>
    `function ${name}(${parameters.join(", ")}): ${TYPESCRIPT.types[returns]} {`,
  parameter: (name, type) => `${name}: ${TYPESCRIPT.types[type]}`,
  indent: 2,
};
