import { GradlabError } from "../../../errors.js";
import {
  BUILTINS,
  type Builtin,
  type Expression,
  type Operator,
  type Statement,
  type ValueType,
} from "./program.js";

const TOKEN = /\s*(\d+|"[^"]*"|[A-Za-z_]\w*|==|!=|<=|>=|\/\/|\.\.|\+=|[-+*%<>()[\],:=])/y;

/** Loosest first. */
const LEVELS: readonly (readonly Operator[])[] = [
  ["or"],
  ["and"],
  ["==", "!=", "<", "<=", ">", ">="],
  ["+", "-"],
  ["*", "//", "%"],
];

/** How tightly an operator binds: 0 for `or` … 4 for `*`. */
export const bindingOf = (op: Operator): number => LEVELS.findIndex((level) => level.includes(op));

interface Line {
  readonly depth: number;
  readonly tokens: readonly string[];
}

/**
 * Parses statements, one a line, blocks by indentation:
 * `x: int = 0`, `x += 1`, `append list x`, `for x in list`, `for i in 0..n`, `while …`, `if …`, `else`, `return …`.
 *
 * @param scope - the types of the parameters
 */
export function parseBody(text: string, scope: Readonly<Record<string, ValueType>>): Statement[] {
  const lines = text
    .split("\n")
    .filter((line) => line.trim() !== "")
    .map((line): Line => ({ depth: line.search(/\S/), tokens: tokenize(line) }));
  return new Parser(lines, new Map(Object.entries(scope))).block(lines[0].depth);
}

function tokenize(line: string): string[] {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  const text = line.trimEnd();
  while (TOKEN.lastIndex < text.length) {
    const match = TOKEN.exec(text);
    if (match === null) throw fault(text);
    tokens.push(match[1]);
  }
  return tokens;
}

function fault(line: string): GradlabError {
  return new GradlabError("E_ENGINE", `A task's program has a line that cannot be read: ${line}`);
}

class Parser {
  #line = 0;
  #at = 0;
  #tokens: readonly string[] = [];

  constructor(
    readonly lines: readonly Line[],
    readonly scope: Map<string, ValueType>,
  ) {}

  block(depth: number): Statement[] {
    const statements: Statement[] = [];
    while (this.lines[this.#line]?.depth === depth) statements.push(this.#statement(depth));
    return statements;
  }

  #statement(depth: number): Statement {
    this.#tokens = this.lines[this.#line++].tokens;
    this.#at = 0;
    const first = this.#next();
    if (first === "return") return { kind: "return", value: this.#expression() };
    if (first === "append") return { kind: "append", name: this.#next(), value: this.#expression() };
    if (first === "for") return this.#for();
    if (first === "while") return { kind: "while", condition: this.#expression(), body: this.#inner() };
    if (first === "if") return this.#if(depth);
    const op = this.#next();
    if (op === "=" || op === "+=") return { kind: "assign", name: first, op, value: this.#expression() };
    if (op !== ":") throw fault(this.#tokens.join(" "));
    const type = this.#type();
    this.#take("=");
    this.scope.set(first, type);
    const value = this.#peek() === "[" ? this.#empty(type) : this.#expression();
    return { kind: "declare", name: first, type, value };
  }

  #for(): Statement {
    const name = this.#next();
    this.#take("in");
    const from = this.#expression();
    if (this.#peek() === "..") {
      this.#take("..");
      const to = this.#expression();
      this.scope.set(name, "int");
      return { kind: "range", name, from, to, body: this.#inner() };
    }
    this.scope.set(name, from.type === "int[]" ? "int" : "string");
    return { kind: "each", name, of: from, body: this.#inner() };
  }

  #if(depth: number): Statement {
    const condition = this.#expression();
    const body = this.#inner();
    const next = this.lines.at(this.#line);
    if (next?.depth !== depth || next.tokens[0] !== "else")
      return { kind: "if", condition, body, otherwise: [] };
    this.#line++;
    return { kind: "if", condition, body, otherwise: this.#inner() };
  }

  #inner(): Statement[] {
    return this.block(this.lines[this.#line].depth);
  }

  #type(): ValueType {
    const name = this.#next();
    if (this.#peek() !== "[") return name as ValueType;
    this.#take("[");
    this.#take("]");
    return `${name}[]` as ValueType;
  }

  #empty(type: ValueType): Expression {
    this.#take("[");
    this.#take("]");
    return { kind: "empty", type };
  }

  #expression(level = 0): Expression {
    if (level === LEVELS.length) return this.#unary();
    let left = this.#expression(level + 1);
    for (let op = this.#peek(); LEVELS[level].includes(op as Operator); op = this.#peek()) {
      this.#next();
      const right = this.#expression(level + 1);
      const type = level < 3 ? "bool" : left.type;
      left = { kind: "binary", op: op as Operator, left, right, type };
    }
    return left;
  }

  #unary(): Expression {
    if (this.#peek() === "not") {
      this.#next();
      return { kind: "not", operand: this.#unary(), type: "bool" };
    }
    let value = this.#primary();
    while (this.#peek() === "[") {
      this.#take("[");
      const index = this.#expression();
      this.#take("]");
      value = { kind: "index", target: value, index, type: value.type === "int[]" ? "int" : "string" };
    }
    return value;
  }

  #primary(): Expression {
    const token = this.#next();
    if (/^\d/.test(token)) return { kind: "literal", value: Number(token), type: "int" };
    if (token === "-") return { kind: "literal", value: -Number(this.#next()), type: "int" };
    if (token.startsWith('"')) return { kind: "literal", value: token.slice(1, -1), type: "string" };
    if (token === "true" || token === "false")
      return { kind: "literal", value: token === "true", type: "bool" };
    if (token === "(") {
      const inner = this.#expression();
      this.#take(")");
      return inner;
    }
    if (this.#peek() === "(" && Object.hasOwn(BUILTINS, token)) return this.#call(token as Builtin);
    const type = this.scope.get(token);
    if (type === undefined) throw fault(`${this.#tokens.join(" ")} (${token} is not known)`);
    return { kind: "name", name: token, type };
  }

  #call(name: Builtin): Expression {
    this.#take("(");
    const args = [this.#expression()];
    while (this.#peek() === ",") {
      this.#take(",");
      args.push(this.#expression());
    }
    this.#take(")");
    return { kind: "call", name, args, type: BUILTINS[name] };
  }

  #peek(): string | undefined {
    return this.#tokens.at(this.#at) ?? undefined;
  }

  #next(): string {
    const token = this.#tokens.at(this.#at++);
    if (token === undefined) throw fault(this.#tokens.join(" "));
    return token;
  }

  #take(token: string): void {
    if (this.#next() !== token) throw fault(this.#tokens.join(" "));
  }
}
