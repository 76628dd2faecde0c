import { GradlabError } from "../errors.js";
import { sameShape } from "../tensor/index.js";
import { applyAll } from "./apply.js";
import { endsGradients, gradOps } from "./backward.js";
import { independent } from "./grad.js";
import { defineOp } from "./op.js";
import type { Tensor } from "./tensor.js";
import { fillTree, leavesOf, type TensorsLike } from "./tree.js";
import { variableOf } from "./variable.js";
import { topological } from "./walk.js";

/** What a custom gradient may read besides the gradients that arrive. */
export interface CustomVjpContext<A extends readonly Tensor[], R> {
  readonly inputs: { readonly [K in keyof A]: Tensor };
  readonly outputs: TensorsLike<R>;
}

/**
 * A function with a gradient of one's own: values by `forward`, gradients by `backward`.
 *
 * `backward` is made of ops, so second derivatives are those of its formula. What it computes anew from
 * `inputs` as `forward` did is shared with it, so nothing has to be saved by hand.
 *
 * @param forward  tensors to a tensor (or a list or record of them). Reads no parameters but its arguments.
 * @param backward the gradients arriving at the outputs (zeros where none does), arranged like them, and inputs
 *   and outputs; gives one gradient for each input, undefined for none
 * @throws E_NOT_DIFFERENTIABLE when forward reads a Variable that is not an argument: it would get no gradient
 * @throws E_SHAPE when a gradient does not have the shape of its input
 * @source jax.custom_vjp, torch.autograd.Function; the example is the straight-through estimator of Bengio et al. 2013
 * @example
 * const step = customVjp((x: Tensor) => x.sign(), (g) => [g]);
 * const x = tensor([-0.3, 2]);
 * await step(x).data(); // [-1, 1]
 * await grad(step(x).sum(), [x])[0].data(); // [1, 1]
 */
export function customVjp<A extends readonly Tensor[], R>(
  forward: (...args: A) => R,
  backward: (gradients: TensorsLike<R>, context: CustomVjpContext<A, R>) => readonly (Tensor | undefined)[],
): (...args: A) => TensorsLike<R> {
  return (...args) => {
    const { args: inside, xs } = independent(args);
    const result = forward(...inside);
    const ys = leavesOf(result);
    requireNoOtherVariables(ys, xs.flat());
    const op = defineOp<Record<string, never>>({
      name: "customVjp",
      doc: "Values of one function, the gradient of another.",
      traits: ["identity"],
      shape: () => ys.map(({ shape, dtype }) => ({ shape, dtype })),
      vjp: ({ inputs, outputs, grads }) => {
        const given = inputs.slice(ys.length);
        const arriving = grads.map((g, i) => g ?? gradOps().filled(0, outputs[i]));
        const gradients = backward(fillTree(result, arriving), {
          inputs: given as unknown as CustomVjpContext<A, R>["inputs"],
          outputs: fillTree(result, outputs),
        });
        return [...ys.map(() => undefined), ...requireShapes(gradients, given)];
      },
      reference: (operands) => operands.slice(0, ys.length).map(({ data }) => data.slice()),
      samples: () => [],
    });
    return fillTree(result, applyAll(op, [...ys, ...args], {}));
  };
}

function requireNoOtherVariables(ys: readonly Tensor[], xs: readonly Tensor[]): void {
  const own = new Set(xs.map(({ node }) => node));
  for (const node of topological(ys, (node) => own.has(node) || endsGradients(node))) {
    const variable = own.has(node) ? undefined : variableOf(node);
    if (!variable?.trainable) continue;
    throw new GradlabError(
      "E_NOT_DIFFERENTIABLE",
      `customVjp: forward reads ${variable.name}, but only its arguments get gradients.`,
      { hint: "Pass the Variable as an argument, or read it through .stopGradient()." },
    );
  }
}

function requireShapes(
  gradients: readonly (Tensor | undefined)[],
  inputs: readonly Tensor[],
): readonly (Tensor | undefined)[] {
  if (gradients.length !== inputs.length) {
    throw new GradlabError(
      "E_SHAPE",
      `customVjp: backward gave ${gradients.length} gradients for ${inputs.length} inputs.`,
      { hint: "Give one for each input, undefined where there is none." },
    );
  }
  const wrong = gradients.findIndex((g, i) => g && !sameShape(g.shape, inputs[i].shape));
  if (wrong < 0) return gradients;
  throw new GradlabError(
    "E_SHAPE",
    `customVjp: the gradient of input ${wrong} is ${gradients[wrong]!.toString()}, the input ${inputs[wrong].toString()}.`,
    { hint: "A gradient has the shape of its input: sum over the axes that were stretched." },
  );
}
