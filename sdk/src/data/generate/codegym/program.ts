/** The small language the solutions are written in once, and printed from in every language. */
export type ValueType = "int" | "bool" | "string" | "int[]" | "string[]";

export type Value = number | boolean | string | readonly number[] | readonly string[];

export type Expression = { readonly type: ValueType } & (
  | { readonly kind: "literal"; readonly value: number | boolean | string }
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "empty" }
  | { readonly kind: "binary"; readonly op: Operator; readonly left: Expression; readonly right: Expression }
  | { readonly kind: "not"; readonly operand: Expression }
  | { readonly kind: "call"; readonly name: Builtin; readonly args: readonly Expression[] }
  | { readonly kind: "index"; readonly target: Expression; readonly index: Expression }
);

export type Operator = "or" | "and" | "==" | "!=" | "<" | "<=" | ">" | ">=" | "+" | "-" | "*" | "//" | "%";

/** Name → type of the result. */
export const BUILTINS = {
  len: "int",
  min: "int",
  max: "int",
  abs: "int",
  /** The number of a character. */
  code: "int",
  char: "string",
  str: "string",
  slice: "string",
} as const;

export type Builtin = keyof typeof BUILTINS;

export type Statement =
  | { readonly kind: "declare"; readonly name: string; readonly type: ValueType; readonly value: Expression }
  | { readonly kind: "assign"; readonly name: string; readonly op: "=" | "+="; readonly value: Expression }
  | { readonly kind: "append"; readonly name: string; readonly value: Expression }
  | {
      readonly kind: "each";
      readonly name: string;
      readonly of: Expression;
      readonly body: readonly Statement[];
    }
  | {
      readonly kind: "range";
      readonly name: string;
      readonly from: Expression;
      /** Not reached. */
      readonly to: Expression;
      readonly body: readonly Statement[];
    }
  | { readonly kind: "while"; readonly condition: Expression; readonly body: readonly Statement[] }
  | {
      readonly kind: "if";
      readonly condition: Expression;
      readonly body: readonly Statement[];
      readonly otherwise: readonly Statement[];
    }
  | { readonly kind: "return"; readonly value: Expression };

export interface Program {
  readonly name: string;
  readonly parameters: readonly { readonly name: string; readonly type: ValueType }[];
  readonly returns: ValueType;
  readonly body: readonly Statement[];
}
