import { GradlabError } from "../errors.js";
import type { Node } from "./node.js";
import type { Attrs, VjpRule } from "./op.js";
import { gradientOf, withOrigin } from "./origin.js";
import { outputsOf, type Tensor } from "./tensor.js";
import { topological } from "./walk.js";

/** The ops that transforms themselves need; `ops/` supplies them. */
interface GradOps {
  readonly add: (a: Tensor, b: Tensor) => Tensor;
  readonly filled: (value: number, like: Tensor) => Tensor;
  /** x, but not before the tokens have been computed. */
  readonly after: (x: Tensor, tokens: readonly Tensor[]) => Tensor;
}

let provided: GradOps | undefined;

export function provideGradOps(ops: GradOps): void {
  provided = ops;
}

export function gradOps(): GradOps {
  if (!provided) throw new GradlabError("E_ENGINE", "The op vocabulary is not loaded.");
  return provided;
}

/** The reason that marks an op as a deliberate end of gradients rather than a missing rule. */
export const STOP = "stops gradients by definition";

/**
 * Σᵢ seedᵢ · ∂yᵢ/∂x for each x: one sweep from the ys back to the xs.
 *
 * @returns undefined where no y depends on an x
 * @throws E_NOT_DIFFERENTIABLE when the path crosses an op without a gradient
 */
export function backward(
  ys: readonly Tensor[],
  seeds: readonly Tensor[],
  xs: readonly Tensor[],
): (Tensor | undefined)[] {
  const order = topological(ys);
  const active = reaching(order, new Set(xs.map((x) => x.node)));
  const grads = new Map<Node, (Tensor | undefined)[]>();
  const accumulate = (x: Tensor, g: Tensor): void => {
    const row = grads.get(x.node) ?? new Array<Tensor | undefined>(x.node.outputs.length).fill(undefined);
    const before = row[x.index];
    row[x.index] = before ? gradOps().add(before, g) : g;
    grads.set(x.node, row);
  };
  ys.forEach((y, i) => accumulate(y, seeds[i]));
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
  return xs.map((x) => grads.get(x.node)?.[x.index]);
}

/** Whether gradients end at a node on purpose. */
export const endsGradients = ({ op }: Node): boolean =>
  "nondifferentiable" in op.vjp && op.vjp.nondifferentiable === STOP;

/** Nodes from which some target can be reached. */
function reaching(order: readonly Node[], targets: ReadonlySet<Node>): Set<Node> {
  const active = new Set<Node>();
  for (const node of order) {
    if (targets.has(node) || (!endsGradients(node) && node.inputs.some((input) => active.has(input.node))))
      active.add(node);
  }
  return active;
}

function pullBack(node: Node, grads: readonly (Tensor | undefined)[], need: readonly boolean[]) {
  const { op, inputs, attrs } = node;
  if ("nondifferentiable" in op.vjp) {
    // Only now: asking for the place lays out the stack as text.
    const where = node.origin;
    throw new GradlabError(
      "E_NOT_DIFFERENTIABLE",
      `${op.name} has no gradient: ${op.vjp.nondifferentiable}.`,
      where === undefined ? {} : { where },
    );
  }
  const rule: VjpRule<Attrs> = op.vjp;
  return rule({ inputs, outputs: outputsOf(node), grads, attrs, need });
}
