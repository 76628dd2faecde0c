import type { Value, ValueType } from "./program.js";

/** What the arguments of a task may be called; the name says the type. */
export const ARGUMENTS = {
  values: "int[]",
  others: "int[]",
  words: "string[]",
  text: "string",
  n: "int",
  m: "int",
} as const satisfies Readonly<Record<string, ValueType>>;

export type ArgumentName = keyof typeof ARGUMENTS;

export interface Inputs {
  readonly values: readonly number[];
  readonly others: readonly number[];
  readonly words: readonly string[];
  readonly text: string;
  readonly n: number;
  readonly m: number;
}

/** What tells the tasks of one family apart. */
export interface Choices {
  readonly k: number;
  readonly j: number;
  readonly letter: string;
  readonly other: string;
}

type Range = readonly [low: number, high: number];

/** Tasks of one kind: what is asked, how it is done, and, written independently, what is right. */
export interface Family {
  readonly name: string;
  readonly arguments: readonly ArgumentName[];
  readonly returns: ValueType;
  /** Drawn for every task, both ends included; `letter` and `other` are two different letters. */
  readonly k?: Range;
  readonly j?: Range;
  readonly letters?: 1 | 2;
  /** "A function that …"; `{k}` and the like are filled in. */
  readonly spec: string;
  /** In the small language of `parseBody`; `{k}` and the like are filled in. */
  readonly program: string;
  /** The answer by other means than the program's. */
  readonly reference: (inputs: Inputs, choices: Choices) => Value;
  /** Numbers the arguments are drawn from; default 0 … 60 for n and m, −20 … 60 for the lists. */
  readonly ranges?: Readonly<Partial<Record<"n" | "m" | "values" | "others", Range>>>;
  /** Least length of the lists and the text. Default 0. */
  readonly least?: number;
}
