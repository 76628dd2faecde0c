import { GradlabError } from "../errors.js";
import { sameShape } from "../tensor/index.js";
import type { Node } from "./node.js";
import type { Attrs, VjpRule } from "./op.js";
import { gradientOf, withOrigin } from "./origin.js";
import { Tensor } from "./tensor.js";
import { topological } from "./walk.js";

/** The two ops that reverse mode itself needs; `ops/` supplies them. */
interface GradOps {
  readonly add: (a: Tensor, b: Tensor) => Tensor;
  readonly filled: (value: number, like: Tensor) => Tensor;
}

let provided: GradOps | undefined;

export function provideGradOps(ops: GradOps): void {
  provided = ops;
}

/**
 * Reverse-mode gradients: ∂y/∂x for each x, as new lazy tensors of x's shape. A gradient is a graph
 * like any other, so it can be differentiated again.
 *
 * @param y   scalar (any tensor when `seed` gives the vector of the vector-Jacobian product)
 * @param xs  tensors y may depend on; zeros where it does not
 * @throws E_SHAPE when y is not a scalar and no seed is given, or the seed has another shape than y
 * @throws E_NOT_DIFFERENTIABLE when the path crosses an op without a gradient
 * @source Baydin et al. 2018, "Automatic differentiation in machine learning: a survey", §3.2
 * @example
 * const x = tensor([3]); const [dx] = grad(x.mul(x).sum(), [x]); await dx.data(); // [6]
 */
export function grad(y: Tensor, xs: readonly Tensor[], seed?: Tensor): Tensor[] {
  if (!seed && y.shape.some((dim) => dim !== 1)) {
    throw new GradlabError("E_SHAPE", `grad needs a scalar, got ${y.toString()}.`, {
      hint: "Reduce with .sum() or .mean(), or pass the seed of a vector-Jacobian product.",
    });
  }
  if (seed && !sameShape(seed.shape, y.shape)) {
    throw new GradlabError("E_SHAPE", `grad: the seed is ${seed.toString()}, but y is ${y.toString()}.`, {
      hint: "The seed weighs each element of y, so it needs the shape of y.",
    });
  }
  const ops = gradOps();
  const targets = new Set(xs.map((x) => x.node));
  const order = topological([y]);
  const active = reaching(order, targets);
  const grads = new Map<Node, (Tensor | undefined)[]>();
  const accumulate = (x: Tensor, g: Tensor): void => {
    const row = grads.get(x.node) ?? new Array<Tensor | undefined>(x.node.outputs.length).fill(undefined);
    const before = row[x.index];
    row[x.index] = before ? ops.add(before, g) : g;
    grads.set(x.node, row);
  };
  accumulate(y, seed ?? withOrigin(gradientOf(y.node.made), () => ops.filled(1, y)));
  for (let i = order.length - 1; i >= 0; i--) {
    const node = order[i];
    const arriving = grads.get(node);
    if (!arriving || node.inputs.length === 0 || !active.has(node)) continue;
    const need = node.inputs.map((input) => active.has(input.node));
    if (!need.includes(true)) continue;
    withOrigin(gradientOf(node.made), () =>
      pullBack(node, arriving, need).forEach((g, j) => g && need[j] && accumulate(node.inputs[j], g)),
    );
  }
  return xs.map((x) => grads.get(x.node)?.[x.index] ?? ops.filled(0, x));
}

function gradOps(): GradOps {
  if (!provided) throw new GradlabError("E_ENGINE", "The op vocabulary is not loaded.");
  return provided;
}

/** Nodes from which some target can be reached. */
function reaching(order: readonly Node[], targets: ReadonlySet<Node>): Set<Node> {
  const active = new Set<Node>();
  for (const node of order) {
    const stops = "nondifferentiable" in node.op.vjp && node.op.vjp.nondifferentiable === STOP;
    if (targets.has(node) || (!stops && node.inputs.some((input) => active.has(input.node))))
      active.add(node);
  }
  return active;
}

/** The reason that marks an op as a deliberate end of gradients rather than a missing rule. */
export const STOP = "stops gradients by definition";

function pullBack(node: Node, grads: readonly (Tensor | undefined)[], need: readonly boolean[]) {
  const { op, inputs, attrs, origin: where } = node;
  if ("nondifferentiable" in op.vjp) {
    throw new GradlabError(
      "E_NOT_DIFFERENTIABLE",
      `${op.name} has no gradient: ${op.vjp.nondifferentiable}.`,
      where === undefined ? {} : { where },
    );
  }
  const rule: VjpRule<Attrs> = op.vjp;
  const outputs = node.outputs.map((_, index) => new Tensor(node, index));
  return rule({ inputs, outputs, grads, attrs, need });
}
