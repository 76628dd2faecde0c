import { snake, type Syntax } from "./languages.js";

export const PYTHON: Syntax = {
  title: "Python",
  types: { int: "int", bool: "bool", string: "str", "int[]": "list[int]", "string[]": "list[str]" },
  name: snake,
  literal: (value) => (typeof value === "boolean" ? (value ? "True" : "False") : JSON.stringify(value)),
  empty: () => "[]",
  and: "and",
  or: "or",
  not: (operand) => `not ${operand}`,
  call: (name, args) => {
    const [first, second, third] = args.map(({ text }) => text);
    switch (name) {
      case "code":
        return `ord(${first})`;
      case "char":
        return `chr(${first})`;
      case "slice":
        return `${first}[${second}:${third}]`;
      default:
        return `${name}(${args.map(({ text }) => text).join(", ")})`;
    }
  },
  index: ({ text }, index) => `${text}[${index}]`,
  declare: (_, name, value) => `${name} = ${value}`,
  append: (name, value) => `${name}.append(${value})`,
  each: (name, of) => ({ head: `for ${name} in ${of.text}:` }),
  range: (name, from, to) => `for ${name} in range(${from === "0" ? to : `${from}, ${to}`}):`,
  head: (word, condition) => `${word} ${condition}:`,
  end: "",
  otherwise: "else:",
  function: (name, parameters, returns) =>
    `def ${name}(${parameters.join(", ")}) -> ${PYTHON.types[returns]}:`,
  parameter: (name, type) => `${name}: ${PYTHON.types[type]}`,
  indent: 4,
};
