import type { Tensor } from "../graph/index.js";
import { GradlabError } from "../errors.js";

/** Labels of each operand's axes, and of the result's. Axes of an ellipsis are called "…1", "…2" from the right. */
export interface Equation {
  readonly operands: readonly (readonly string[])[];
  readonly output: readonly string[];
  /** How long each labelled axis is. */
  readonly sizes: ReadonlyMap<string, number>;
}

/** @throws E_SHAPE showing the equation and all shapes */
export function parseEquation(equation: string, tensors: readonly Tensor[]): Equation {
  const fail = (why: string): never => {
    const shapes = tensors.map(String).join(", ");
    throw new GradlabError("E_SHAPE", `einsum "${equation}": ${why}; the operands are ${shapes}.`, {
      hint: 'One letter an axis, operands separated by commas: "bthe,bshe->bhts".',
    });
  };
  const [left, right, more] = equation.replaceAll(" ", "").split("->");
  const terms = left.split(",");
  if (more !== undefined) fail("there are two arrows");
  if (terms.length !== tensors.length) fail(`it has ${terms.length} terms for ${tensors.length} operands`);
  const operands = terms.map((term, i) => labelsOf(term, tensors[i].rank, fail));
  const sizes = sizesOf(operands, tensors, fail);
  const hidden = [...sizes.keys()]
    .filter((label) => label.startsWith("…"))
    .sort()
    .reverse();
  const output = right === undefined ? implicit(operands, hidden) : explicit(right, hidden, fail);
  const unknown = output.find((label) => !sizes.has(label));
  if (unknown) fail(`no operand has the axis ${unknown} of the result`);
  if (new Set(output).size < output.length) fail("an axis occurs twice in the result");
  return { operands, output, sizes };
}

type Fail = (why: string) => never;

function letters(term: string, fail: Fail): string[] {
  if (!/^[A-Za-z]*(\.\.\.)?[A-Za-z]*$/.test(term)) fail(`"${term}" is not made of letters and one "..."`);
  return term.replace("...", "…").split("");
}

function labelsOf(term: string, rank: number, fail: Fail): string[] {
  const marks = letters(term, fail);
  const rest = rank - marks.filter((mark) => mark !== "…").length;
  if (rest < 0 || (rest > 0 && !marks.includes("…"))) {
    fail(`"${term}" names ${rank - rest} axes of an operand with ${rank}`);
  }
  return marks.flatMap((mark) =>
    mark === "…" ? Array.from({ length: rest }, (_, i) => `…${rest - i}`) : [mark],
  );
}

function sizesOf(operands: readonly string[][], tensors: readonly Tensor[], fail: Fail): Map<string, number> {
  const sizes = new Map<string, number>();
  operands.forEach((labels, i) =>
    labels.forEach((label, axis) => {
      const known = sizes.get(label) ?? 1;
      const size = tensors[i].shape[axis];
      const stretches = label.startsWith("…") && (known === 1 || size === 1);
      if (sizes.has(label) && known !== size && !stretches)
        fail(`axis ${label} is ${known} and ${size} long`);
      sizes.set(label, stretches ? Math.max(known, size) : size);
    }),
  );
  return sizes;
}

/** Without an arrow: the ellipsis, then every letter that occurs once, in alphabetical order. */
function implicit(operands: readonly string[][], hidden: readonly string[]): string[] {
  const all = operands.flat();
  const once = all.filter((label) => !label.startsWith("…") && all.indexOf(label) === all.lastIndexOf(label));
  return [...hidden, ...once.sort((a, b) => (a < b ? -1 : 1))];
}

const explicit = (right: string, hidden: readonly string[], fail: Fail): string[] =>
  letters(right, fail).flatMap((mark) => (mark === "…" ? hidden : [mark]));
