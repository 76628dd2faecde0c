import type { Random } from "../../../tensor/index.js";
import { between, drawUnique, type SyntheticOptions, pick } from "../draw-unique.js";
import { CHAIN_FAMILIES } from "./chains.js";
import { CPP } from "./cpp.js";
import { ARGUMENTS, type Choices, type Family } from "./family.js";
import { drawInputs } from "./inputs.js";
import { JAVA } from "./java.js";
import { type Language, type Syntax, writeStatements } from "./languages.js";
import { LIST_FAMILIES } from "./lists.js";
import { NUMBER_FAMILIES } from "./numbers.js";
import { parseBody } from "./parse-program.js";
import type { Program, Value } from "./program.js";
import { PYTHON } from "./python.js";
import { writeTests } from "./tests.js";
import { TEXT_FAMILIES } from "./texts.js";
import { TYPESCRIPT } from "./typescript.js";

export type CodeLanguage = Language;

const SYNTAX: Readonly<Record<Language, Syntax>> = {
  typescript: TYPESCRIPT,
  python: PYTHON,
  java: JAVA,
  cpp: CPP,
};

const FAMILIES: readonly Family[] = [
  ...NUMBER_FAMILIES,
  ...LIST_FAMILIES,
  ...TEXT_FAMILIES,
  ...CHAIN_FAMILIES,
];

/** The names of all families of tasks. */
export const CODE_FAMILIES: readonly string[] = FAMILIES.map(({ name }) => name);

export interface CodeOptions extends SyntheticOptions {
  /** Default: all four, a task in one of them. */
  readonly languages?: readonly CodeLanguage[];
  /** From a description to the function, or from the function to the description. Default "write". */
  readonly direction?: "write" | "explain";
  /** How many calls test a task. Default 6. */
  readonly cases?: number;
}

/** A programming task: a row to learn from or to be examined with. */
export interface CodeTask {
  readonly prompt: string;
  readonly completion: string;
  readonly family: string;
  readonly language: CodeLanguage;
  /** What the function does: "returns …". */
  readonly spec: string;
  readonly functionName: string;
  /** The head of the function. */
  readonly signature: string;
  /** A function that passes the tests. */
  readonly solution: string;
  /** `solution` and this, in one file, are a program that exits with 0 if the solution is right. */
  readonly tests: { readonly before: string; readonly after: string };
  readonly cases: readonly { readonly arguments: readonly Value[]; readonly result: Value }[];
}

/**
 * Programming tasks with solutions and tests in TypeScript, Python, Java and C++: functions over numbers, lists and
 * texts, drawn from families with parameters. The results in the tests are computed by other code than the
 * solutions. Tasks that differ in their language only are in one split.
 *
 * @param options.count - tasks with different descriptions
 * @throws E_CONFIG for options out of range, or more tasks than there are
 * @example
 * const [task] = generateCode({ count: 1, seed: 1, languages: ["typescript"] });
 * task.language // "typescript"
 */
export function generateCode(options: CodeOptions): CodeTask[] {
  const { languages = ["typescript", "python", "java", "cpp"], direction = "write", cases = 6 } = options;
  const drawn = drawUnique(options, "code", drawTask, ({ family, spec }) => `${family.name} ${spec}`);
  return drawn.map((task, i) => writeTask(task, languages[i % languages.length], direction, cases));
}

interface Drawn {
  readonly family: Family;
  readonly choices: Choices;
  readonly spec: string;
  readonly phrase: number;
  readonly random: Random;
}

function drawTask(random: Random): Drawn {
  // The chains are many and alike: every second task is one of the others.
  const family = pick(
    random,
    random.integer(3) === 0 ? CHAIN_FAMILIES : FAMILIES.slice(0, -CHAIN_FAMILIES.length),
  );
  const letters = "abcdefghilmnoprstu";
  const at = random.integer(letters.length);
  const choices = {
    k: between(random, ...(family.k ?? [0, 0])),
    j: between(random, ...(family.j ?? [0, 0])),
    letter: letters[at],
    other: letters[(at + 1 + random.integer(letters.length - 1)) % letters.length],
  };
  return { family, choices, spec: fill(family.spec, choices), phrase: random.integer(4), random };
}

function fill(text: string, choices: Choices): string {
  return text.replace(/\{(k|j|letter|other)\}/g, (_, name: keyof Choices) => String(choices[name]));
}

function writeTask(
  { family, choices, spec, phrase }: Drawn,
  language: Language,
  direction: string,
  count: number,
): CodeTask {
  const syntax = SYNTAX[language];
  const parameters = family.arguments.map((name) => ({ name, type: ARGUMENTS[name] }));
  const program: Program = {
    name: family.name,
    parameters,
    returns: family.returns,
    body: parseBody(
      fill(family.program, choices),
      Object.fromEntries(parameters.map(({ name, type }) => [name, type])),
    ),
  };
  const functionName = syntax.name(program.name);
  const signature = syntax.function(
    functionName,
    parameters.map(({ name, type }) => syntax.parameter(syntax.name(name), type)),
    program.returns,
  );
  const lines = [
    signature,
    ...writeStatements(program.body, syntax, 1),
    ...(syntax.close ? [syntax.close] : []),
  ];
  const solution = `${lines.join("\n")}\n`;
  const cases = drawInputs(family, `${family.name} ${spec}`, count).map((inputs) => ({
    arguments: family.arguments.map((name) => inputs[name]),
    result: family.reference(inputs, choices),
  }));
  const tests = writeTests(program, functionName, cases, language);
  const ask = `${ASKS[phrase](syntax.title, functionName, spec)}\n${signature.replace(/ ?\{$/, "")}`;
  const row =
    direction === "explain"
      ? { prompt: `What does this ${syntax.title} function do?\n${solution}`, completion: `It ${spec}.` }
      : { prompt: `${ask}\n`, completion: solution };
  return { ...row, family: family.name, language, spec, functionName, signature, solution, tests, cases };
}

const ASKS: readonly ((language: string, name: string, spec: string) => string)[] = [
  (language, name, spec) => `Write a ${language} function \`${name}\` that ${spec}.`,
  (language, name, spec) => `In ${language}, implement \`${name}\`: it ${spec}.`,
  (language, name, spec) => `I need a function \`${name}\` in ${language} which ${spec}.`,
  (language, name, spec) => `${language} exercise. The function \`${name}\` ${spec}.`,
];
