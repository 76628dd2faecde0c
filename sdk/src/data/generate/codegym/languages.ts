import { bindingOf } from "./parse-program.js";
import type { Builtin, Expression, Operator, Statement, ValueType } from "./program.js";

export type Language = "typescript" | "python" | "java" | "cpp";

/** How a language writes the small language's parts. */
export interface Syntax {
  /** As a person writes it. */
  readonly title: string;
  readonly types: Readonly<Record<ValueType, string>>;
  readonly name: (name: string) => string;
  readonly literal: (value: number | boolean | string) => string;
  readonly empty: (type: ValueType) => string;
  readonly and: string;
  readonly or: string;
  readonly not: (operand: string) => string;
  /** An operator that is not written as it is; its operands are safe to stand beside any operator. */
  readonly binary?: (op: Operator, left: Operand, right: Operand) => string | undefined;
  readonly call: (name: Builtin, args: readonly Operand[]) => string;
  readonly index: (target: Operand, index: string) => string;
  readonly declare: (type: ValueType, name: string, value: string) => string;
  readonly append: (name: string, value: string) => string;
  readonly each: (name: string, of: Operand) => { readonly head: string; readonly first?: string };
  readonly range: (name: string, from: string, to: string) => string;
  readonly head: (word: "if" | "while", condition: string) => string;
  /** Ends a statement. */
  readonly end: string;
  /** Closes a block; without it indentation does. */
  readonly close?: string;
  readonly otherwise: string;
  readonly function: (name: string, parameters: readonly string[], returns: ValueType) => string;
  readonly parameter: (name: string, type: ValueType) => string;
  /** Blanks of one level. */
  readonly indent: number;
}

export interface Operand {
  readonly text: string;
  readonly expression: Expression;
}

export const same = (name: string): string => name;

/** countMultiples → count_multiples */
export const snake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** Writes an expression, in parentheses where it binds looser than what is around it. */
export function writeExpression(expression: Expression, syntax: Syntax, around = -1): string {
  const operand = (inner: Expression, level: number): Operand => ({
    text: writeExpression(inner, syntax, level),
    expression: inner,
  });
  switch (expression.kind) {
    case "literal":
      return syntax.literal(expression.value);
    case "name":
      return syntax.name(expression.name);
    case "empty":
      return syntax.empty(expression.type);
    case "not":
      return syntax.not(writeExpression(expression.operand, syntax, 5));
    case "call":
      return syntax.call(
        expression.name,
        expression.args.map((argument) => operand(argument, -1)),
      );
    case "index":
      return syntax.index(operand(expression.target, 5), writeExpression(expression.index, syntax));
    case "binary": {
      const { op, left, right } = expression;
      const level = bindingOf(op);
      const special = syntax.binary?.(op, operand(left, level), operand(right, level + 1));
      const sign = op === "and" ? syntax.and : op === "or" ? syntax.or : op;
      const text =
        special ??
        `${writeExpression(left, syntax, level)} ${sign} ${writeExpression(right, syntax, level + 1)}`;
      // Comparisons do not chain, and in Python they would.
      return level < around || (level === around && level === 2) ? `(${text})` : text;
    }
  }
}

/** The lines of statements, indented by `depth` levels. */
export function writeStatements(statements: readonly Statement[], syntax: Syntax, depth: number): string[] {
  const pad = " ".repeat(syntax.indent * depth);
  const write = (expression: Expression): string => writeExpression(expression, syntax);
  const block = (head: string, body: readonly Statement[], first?: string): string[] => [
    pad + head,
    ...(first === undefined ? [] : [`${pad}${" ".repeat(syntax.indent)}${first}`]),
    ...writeStatements(body, syntax, depth + 1),
    ...(syntax.close === undefined ? [] : [pad + syntax.close]),
  ];
  const simple = (text: string): string[] => [pad + text + syntax.end];
  return statements.flatMap((statement): string[] => {
    switch (statement.kind) {
      case "declare":
        return simple(syntax.declare(statement.type, syntax.name(statement.name), write(statement.value)));
      case "assign":
        return simple(`${syntax.name(statement.name)} ${statement.op} ${write(statement.value)}`);
      case "append":
        return simple(syntax.append(syntax.name(statement.name), write(statement.value)));
      case "return":
        return simple(`return ${write(statement.value)}`);
      case "while":
        return block(syntax.head("while", write(statement.condition)), statement.body);
      case "range": {
        const head = syntax.range(syntax.name(statement.name), write(statement.from), write(statement.to));
        return block(head, statement.body);
      }
      case "each": {
        const of = { text: write(statement.of), expression: statement.of };
        const { head, first } = syntax.each(syntax.name(statement.name), of);
        return block(head, statement.body, first);
      }
      case "if": {
        const lines = block(syntax.head("if", write(statement.condition)), statement.body);
        if (statement.otherwise.length === 0) return lines;
        if (syntax.close !== undefined) lines.pop();
        return [...lines, ...block(syntax.otherwise, statement.otherwise)];
      }
    }
  });
}
