import { isInteger, sameShape, wrapInteger } from "../tensor/index.js";
import { Node } from "./node.js";
import { attrsKey, opKey, type AttrValue } from "./op.js";
import { rebuild, withoutIdentities } from "./identity.js";
import { outputsOf, Tensor } from "./tensor.js";
import { topological } from "./walk.js";

/** A rewrite of one node over already simplified inputs; undefined where it does not apply. */
type Rule = (node: Node, context: Context) => Tensor | undefined;

interface Context {
  /** How many nodes and roots read an original tensor. */
  uses(tensor: Tensor): number;
  /** The original tensor a simplified one replaces (for use counts). */
  original(tensor: Tensor): Tensor;
}

/**
 * An equal graph with less work: constants folded, neutral operands dropped, constant factors moved
 * into products, additions moved into accumulators, equal subgraphs shared. Dead nodes disappear,
 * since only what the roots need is kept. Asks ops for traits only.
 *
 * @param stop nodes to treat as leaves
 * @returns tensors with the same values as those given, in order
 */
export function simplify(given: readonly Tensor[], stop: (node: Node) => boolean): Tensor[] {
  const roots = withoutIdentities(given, stop);
  const order = topological(roots, stop);
  const counts = countUses(order, roots, stop);
  const replaced = new Map<Node, Tensor[]>();
  const origin = new Map<Node, Node>();
  const shared = new Map<string, Node>();
  const context: Context = {
    uses: (tensor) => counts.get(tensor.node)?.[tensor.index] ?? 2,
    original: (tensor) => {
      const node = origin.get(tensor.node);
      return node ? new Tensor(node, tensor.index) : tensor;
    },
  };
  const image = (tensor: Tensor): Tensor => replaced.get(tensor.node)![tensor.index];
  for (const node of order) {
    if (stop(node)) {
      replaced.set(node, outputsOf(node));
      continue;
    }
    const rebuilt = share(rebuild(node, node.inputs.map(image)), shared);
    origin.set(rebuilt, node);
    const rewritten = RULES.reduce<Tensor | undefined>(
      (done, rule) => done ?? rule(rebuilt, context),
      undefined,
    );
    const result = rewritten && share(rewritten.node, shared);
    if (result && !origin.has(result)) origin.set(result, node);
    replaced.set(node, result ? [new Tensor(result, rewritten.index)] : outputsOf(rebuilt));
  }
  return roots.map(image);
}

/** Common subexpressions: the first node with the same op, attributes and inputs stands for all. */
function share(node: Node, shared: Map<string, Node>): Node {
  if (node.inputs.length === 0 && Object.keys(node.attrs).length === 0) return node;
  const inputs = node.inputs.map((input) => `${input.node.id}.${input.index}`).join();
  const key = `${opKey(node.op)}(${inputs})${attrsKey(node.attrs)}`;
  const first = shared.get(key);
  if (first) return first;
  shared.set(key, node);
  return node;
}

function countUses(
  order: readonly Node[],
  roots: readonly Tensor[],
  stop: (node: Node) => boolean,
): Map<Node, number[]> {
  const counts = new Map<Node, number[]>(order.map((node) => [node, node.outputs.map(() => 0)]));
  const use = (tensor: Tensor): void => void counts.get(tensor.node)![tensor.index]++;
  for (const node of order) if (!stop(node)) node.inputs.forEach(use);
  roots.forEach(use);
  return counts;
}

/** The one number a constant is filled with. */
function uniform(tensor: Tensor): number | undefined {
  const { op, inputs, attrs } = tensor.node;
  return inputs.length === 0 && "value" in attrs && !op.traits.includes("leaf")
    ? Number(attrs.value)
    : undefined;
}

/** A constant like `model`, of another value and shape. */
function constantLike(model: Tensor, value: number, spec: Node["outputs"][number]): Tensor {
  const attrs: Record<string, AttrValue> = { value, shape: [...spec.shape], dtype: spec.dtype };
  return new Tensor(new Node(model.node.op, [], attrs, [spec], model.node.made));
}

const foldConstants: Rule = (node) => {
  const { op, inputs, outputs } = node;
  if (inputs.length === 0 || outputs.length !== 1) return undefined;
  const values = inputs.map(uniform);
  if (values.some((value) => value === undefined)) return undefined;
  const numbers = values as number[];
  if (op.traits.includes("movement")) {
    return numbers.every((value) => value === numbers[0])
      ? constantLike(inputs[0], numbers[0], outputs[0])
      : undefined;
  }
  if (!op.traits.includes("elementwise")) return undefined;
  const scalars = inputs.map((input, i) => ({
    shape: [],
    dtype: input.dtype,
    data: Float64Array.of(numbers[i]),
  }));
  const [folded] = op.reference(scalars, node.attrs, [{ shape: [], dtype: outputs[0].dtype }]);
  const { dtype } = outputs[0];
  const value = isInteger(dtype) ? wrapInteger(folded[0], dtype) : folded[0];
  return constantLike(inputs[0], value, outputs[0]);
};

const dropNeutral: Rule = ({ op, inputs, outputs }) => {
  if (op.neutral === undefined) return undefined;
  const keep = (kept: Tensor, other: Tensor): boolean =>
    uniform(other) === op.neutral && sameShape(kept.shape, outputs[0].shape);
  if (keep(inputs[0], inputs[1])) return inputs[0];
  const commutes = op.traits.includes("additive") || op.traits.includes("scaling");
  return commutes && keep(inputs[1], inputs[0]) ? inputs[1] : undefined;
};

/** x and c of c·x, when one factor is a constant that does not stretch the other. */
function scaled(tensor: Tensor): { x: Tensor; factor: number } | undefined {
  const { op, inputs, outputs } = tensor.node;
  if (!op.traits.includes("scaling")) return undefined;
  for (const [x, other] of [inputs, [inputs[1], inputs[0]]]) {
    const factor = uniform(other);
    if (factor !== undefined && sameShape(x.shape, outputs[0].shape)) return { x, factor };
  }
  return undefined;
}

/** move(c·x) → c·move(x), so that a product behind the move can absorb the factor. */
const hoistScale: Rule = ({ op, inputs, attrs, outputs, made }) => {
  if (!op.traits.includes("movement") || inputs.length !== 1 || outputs.length !== 1) return undefined;
  const part = scaled(inputs[0]);
  if (!part) return undefined;
  const { op: scaling, inputs: factors, made: scaledBy } = inputs[0].node;
  const factor = factors.find((input) => uniform(input) !== undefined)!;
  const moved = new Tensor(new Node(op, [part.x], attrs, outputs, made));
  const scalar = constantLike(factor, part.factor, { shape: [], dtype: factor.dtype });
  return new Tensor(new Node(scaling, [moved, scalar], {}, outputs, scaledBy));
};

/** product(c·a, b) → c·product(a, b), with c absorbed by the product's own factor. */
const absorbOperandScale: Rule = (node) => {
  if (!node.op.absorbScale) return undefined;
  const parts = node.inputs.map((input, i) => (i < 2 ? scaled(input) : undefined));
  const factor = parts.reduce((product, part) => product * (part?.factor ?? 1), 1);
  if (parts.every((part) => !part)) return undefined;
  const attrs = node.op.absorbScale(node.attrs, factor, node.inputs.length);
  if (!attrs) return undefined;
  const inputs = node.inputs.map((input, i) => parts[i]?.x ?? input);
  return new Tensor(new Node(node.op, inputs, attrs, node.outputs, node.made));
};

/** c·product(a, b) → product with the factor, when nobody else reads the plain product. */
const absorbResultScale: Rule = (node, context) => {
  const part = scaled(new Tensor(node));
  const product = part?.x.node;
  if (!part || !product?.op.absorbScale || context.uses(context.original(part.x)) > 1) return undefined;
  const attrs = product.op.absorbScale(product.attrs, part.factor, product.inputs.length);
  return attrs && new Tensor(new Node(product.op, product.inputs, attrs, product.outputs, product.made));
};

/** a + accumulate(0, …) → accumulate(a, …): one pass over a fewer. */
const accumulateInto: Rule = (node, context) => {
  if (!node.op.traits.includes("additive")) return undefined;
  for (const [base, other] of [node.inputs, [node.inputs[1], node.inputs[0]]]) {
    const { op, inputs, attrs, outputs, made } = other.node;
    const fits =
      op.traits.includes("accumulates") && uniform(inputs[0]) === 0 && sameShape(base.shape, other.shape);
    if (fits && context.uses(context.original(other)) === 1) {
      return new Tensor(new Node(op, [base, ...inputs.slice(1)], attrs, outputs, made));
    }
  }
  return undefined;
};

const RULES: readonly Rule[] = [
  foldConstants,
  dropNeutral,
  hoistScale,
  absorbOperandScale,
  absorbResultScale,
  accumulateInto,
];
