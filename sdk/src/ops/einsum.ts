import type { Tensor } from "../graph/index.js";
import { sizeOf } from "../tensor/index.js";
import { parseEquation, type Equation } from "./einsum-equation.js";
import { matmul } from "./matmul.js";
import { mul } from "./mul.js";
import { reshape } from "./reshape.js";
import { stride } from "./stride.js";
import { sum } from "./sum.js";
import { transpose } from "./transpose.js";

/** A tensor whose axes have names. */
interface Term {
  readonly tensor: Tensor;
  readonly labels: readonly string[];
}

/**
 * A sum of products by Einstein's convention: each axis has a letter, axes of one letter run together, and letters that
 * the result lacks are summed over. Repeated letters in one operand take its diagonal; "..." stands for axes that
 * broadcast; without "->" the result has the letters that occur once. Products become matrix products, cheapest pair
 * first.
 *
 * @throws E_SHAPE showing the equation and all shapes; E_DTYPE when the dtypes differ
 * @source values: tests/golden/ops.json
 * @example
 * einsum("ij,jk->ik", tensor([[1, 2]]), tensor([[3], [4]])); // [[11]]
 * einsum("ii", tensor([[1, 2], [3, 4]])); // 5
 */
export function einsum(equation: string, ...operands: Tensor[]): Tensor {
  const plan = parseEquation(equation, operands);
  let terms = operands.map((tensor, i) => dropStretched(diagonal({ tensor, labels: plan.operands[i] })));
  terms = terms.map((term, i) => sumOut(term, needed(plan, terms, [i])));
  while (terms.length > 1) {
    const [i, j] = cheapest(terms, plan);
    const product = contract(terms[i], terms[j], needed(plan, terms, [i, j]), plan);
    terms = [...terms.filter((_, at) => at !== i && at !== j), product];
  }
  const [result] = terms;
  const present = plan.output.filter((label) => result.labels.includes(label));
  const shape = plan.output.map((label) => (present.includes(label) ? plan.sizes.get(label)! : 1));
  return reshape(arranged(result, present), shape);
}

/** Labels that the result or another term still needs. */
function needed({ output }: Equation, terms: readonly Term[], except: readonly number[]): Set<string> {
  return new Set([...output, ...terms.filter((_, i) => !except.includes(i)).flatMap(({ labels }) => labels)]);
}

/** Repeated axes as their diagonal: every (n+1)-th of the n·n elements. */
function diagonal({ tensor, labels }: Term): Term {
  const second = labels.findIndex((label, i) => labels.indexOf(label) < i);
  if (second < 0) return { tensor, labels };
  const first = labels.indexOf(labels[second]);
  const others = labels.map((_, i) => i).filter((i) => i !== first && i !== second);
  const size = tensor.shape[first];
  const square = transpose(tensor, [...others, first, second]);
  const flat = reshape(square, [...square.shape.slice(0, -2), size * size]);
  return diagonal({
    tensor: stride(flat, size + 1, others.length),
    labels: [...others, first].map((i) => labels[i]),
  });
}

/** Axes of an ellipsis with one element go; multiplying stretches what lacks an axis. */
function dropStretched({ tensor, labels }: Term): Term {
  const keep = labels
    .map((_, axis) => axis)
    .filter((axis) => !labels[axis].startsWith("…") || tensor.shape[axis] !== 1);
  if (keep.length === labels.length) return { tensor, labels };
  return {
    tensor: reshape(
      tensor,
      keep.map((axis) => tensor.shape[axis]),
    ),
    labels: keep.map((axis) => labels[axis]),
  };
}

function sumOut({ tensor, labels }: Term, keep: ReadonlySet<string>): Term {
  const axes = labels.map((_, axis) => axis).filter((axis) => !keep.has(labels[axis]));
  return { tensor: sum(tensor, { axes }), labels: labels.filter((label) => keep.has(label)) };
}

/** The pair with the smallest product. */
function cheapest(terms: readonly Term[], plan: Equation): [number, number] {
  let best: { readonly pair: [number, number]; readonly size: number } | undefined;
  for (let i = 0; i < terms.length; i++) {
    for (let j = i + 1; j < terms.length; j++) {
      const keep = needed(plan, terms, [i, j]);
      const labels = [...new Set([...terms[i].labels, ...terms[j].labels])].filter((label) =>
        keep.has(label),
      );
      const size = volume(labels, plan);
      if (!best || size < best.size) best = { pair: [i, j], size };
    }
  }
  return best!.pair;
}

const volume = (labels: readonly string[], { sizes }: Equation): number =>
  sizeOf(labels.map((label) => sizes.get(label)!));

/** Two terms as one: a matrix product over the axes that both have and nobody else needs. */
function contract(first: Term, second: Term, keep: ReadonlySet<string>, plan: Equation): Term {
  const free = (x: Term, y: Term): string[] => x.labels.filter((label) => !y.labels.includes(label));
  const [a, b] = comesFirst(free(second, first), free(first, second), plan)
    ? [second, first]
    : [first, second];
  const [rows, columns] = [free(a, b), free(b, a)];
  const both = a.labels.filter((label) => b.labels.includes(label));
  const batch = both.filter((label) => keep.has(label));
  const summed = both.filter((label) => !keep.has(label));
  const labels = [...batch, ...rows, ...columns];
  const dims = (part: readonly string[]): number[] => part.map((label) => plan.sizes.get(label)!);
  if (summed.length === 0) {
    const left = reshape(arranged(a, [...batch, ...rows]), [
      ...dims(batch),
      ...dims(rows),
      ...columns.map(() => 1),
    ]);
    const right = reshape(arranged(b, [...batch, ...columns]), [
      ...dims(batch),
      ...rows.map(() => 1),
      ...dims(columns),
    ]);
    return { tensor: mul(left, right), labels };
  }
  const matrix = (term: Term, order: readonly (readonly string[])[]): Tensor =>
    reshape(arranged(term, [...batch, ...order.flat()]), [
      ...dims(batch),
      ...order.map((part) => volume(part, plan)),
    ]);
  const transA = lies(a, [...batch, ...summed, ...rows]);
  const transB = lies(b, [...batch, ...columns, ...summed]) && !lies(b, [...batch, ...summed, ...columns]);
  const left = matrix(a, transA ? [summed, rows] : [rows, summed]);
  const right = matrix(b, transB ? [columns, summed] : [summed, columns]);
  const product = matmul(left, right, { transA, transB });
  return { tensor: reshape(product, dims(labels)), labels };
}

/** Whether the result begins with axes of x rather than of y, so that the product need not be turned. */
function comesFirst(x: readonly string[], y: readonly string[], { output }: Equation): boolean {
  const place = (labels: readonly string[]): number => output.findIndex((label) => labels.includes(label));
  return place(x) >= 0 && place(x) < place(y);
}

const lies = ({ labels }: Term, order: readonly string[]): boolean =>
  labels.every((label, i) => label === order[i]);

const arranged = (term: Term, order: readonly string[]): Tensor =>
  lies(term, order)
    ? term.tensor
    : transpose(
        term.tensor,
        order.map((label) => term.labels.indexOf(label)),
      );
