import { same, type Syntax } from "./languages.js";

export const CPP: Syntax = {
  title: "C++",
  types: {
    int: "int",
    bool: "bool",
    string: "std::string",
    "int[]": "std::vector<int>",
    "string[]": "std::vector<std::string>",
  },
  name: same,
  literal: (value) => (typeof value === "string" ? `std::string(${JSON.stringify(value)})` : String(value)),
  empty: () => "{}",
  and: "&&",
  or: "||",
  not: (operand) => `!${operand}`,
  // what is divided here is never negative
  binary: (op, left, right) => (op === "//" ? `${left.text} / ${right.text}` : undefined),
  call: (name, args) => {
    const [first, second, third] = args.map(({ text }) => text);
    switch (name) {
      case "len":
        return `(int)${first}.size()`;
      case "code":
        return `(int)${first}[0]`;
      case "char":
        return `std::string(1, (char)(${first}))`;
      case "str":
        return `std::to_string(${first})`;
      case "slice":
        return `${first}.substr(${second}, ${third} - (${second}))`;
      default:
        return `std::${name}(${args.map(({ text }) => text).join(", ")})`;
    }
  },
  index: ({ text, expression }, index) =>
    expression.type === "string" ? `${text}.substr(${index}, 1)` : `${text}[${index}]`,
  declare: (type, name, value) => `${CPP.types[type]} ${name} = ${value}`,
  append: (name, value) => `${name}.push_back(${value})`,
  each: (name, of) => {
    if (of.expression.type === "string")
      return { head: `for (char ${name}Char : ${of.text}) {`, first: `std::string ${name}(1, ${name}Char);` };
    const isNumbers = of.expression.type === "int[]";
    return { head: `for (${isNumbers ? "int " : "const std::string& "}${name} : ${of.text}) {` };
  },
  range: (name, from, to) => `for (int ${name} = ${from}; ${name} < ${to}; ${name}++) {`,
  head: (word, condition) => `${word} (${condition}) {`,
  end: ";",
  close: "}",
  otherwise: "} else {",
  function: (name, parameters, returns) => `${CPP.types[returns]} ${name}(${parameters.join(", ")}) {`,
  parameter: (name, type) =>
    type === "int" || type === "bool" ? `${CPP.types[type]} ${name}` : `const ${CPP.types[type]}& ${name}`,
  indent: 2,
};
