import { applyAll } from "./apply.js";
import { backward, gradOps } from "./backward.js";
import { nextNodeId } from "./node.js";
import { defineOp } from "./op.js";
import { isLeaf } from "./program-graph.js";
import { copyOf, regionOf, type Region } from "./region.js";
import type { Tensor } from "./tensor.js";
import { fillTree, leavesOf, type TensorsLike } from "./tree.js";

/**
 * The same function, but its gradient computes the values inside once more instead of keeping them from the
 * forward pass: memory for the function's inputs only, for one more forward computation (gradient checkpointing,
 * rematerialization).
 *
 * Values and gradients are the same, bit by bit; only a parameter that several checkpoints share adds up its
 * contributions block by block, which may round otherwise. Parameters read inside get their gradients; random numbers
 * come from their keys, so that a recomputed dropout has the same mask. Wrap blocks whose insides are large,
 * not the whole loss: what is recomputed last must fit as well.
 *
 * How: the gradient is built over a copy of the function's nodes that reads its inputs through `after`, which
 * gives the value of its first operand once its second – the gradient arriving from above – is known. So no
 * engine can compute the copy early, and no pass can take it for the original.
 *
 * @param fn tensors to a tensor (or a list or record of them)
 * @source Chen et al. 2016, "Training deep nets with sublinear memory cost"; jax.checkpoint, torch.utils.checkpoint
 * @example
 * const block = checkpoint((x: Tensor) => x.exp().sin().exp());
 * const x = tensor([0.5, 1]);
 * const [plain] = grad(x.exp().sin().exp().sum(), [x]);
 * const [recomputed] = grad(block(x).sum(), [x]);
 * await recomputed.sub(plain).data(); // [0, 0]
 */
export function checkpoint<A extends readonly unknown[], R>(
  fn: (...args: A) => R,
): (...args: A) => TensorsLike<R> {
  return (...args) => {
    // Nodes are numbered as they are made, so those from here on are the function's own.
    const first = nextNodeId();
    const result = fn(...args);
    const ys = leavesOf(result);
    const region = regionOf(ys, first);
    const op = defineOp<Record<string, never>>({
      name: "checkpoint",
      doc: "Values as they are, the gradient over values computed again.",
      traits: ["identity"],
      shape: () => ys.map(({ shape, dtype }) => ({ shape, dtype })),
      vjp: ({ inputs, grads, need }) => {
        const gradients = pullBackAgain(region, ys, inputs.slice(ys.length), grads, need.slice(ys.length));
        return [...ys.map(() => undefined), ...gradients];
      },
      reference: (operands) => operands.slice(0, ys.length).map(({ data }) => data.slice()),
      samples: () => [],
    });
    return fillTree(result, applyAll(op, [...ys, ...region.captured], {}));
  };
}

/** Gradients by the captured tensors, through a copy of the region that waits for the gradients from above. */
function pullBackAgain(
  region: Region,
  ys: readonly Tensor[],
  captured: readonly Tensor[],
  grads: readonly (Tensor | undefined)[],
  need: readonly boolean[],
): (Tensor | undefined)[] {
  const seeds = grads.filter((g) => g !== undefined);
  const late = captured.map((x) =>
    x.node.inputs.length === 0 && !isLeaf(x.node) ? x : gradOps().after(x, seeds),
  );
  const again = copyOf(region, late, ys).filter((_, i) => grads[i]);
  const wanted = late.filter((_, i) => need[i]);
  const gradients = backward(again, seeds, wanted);
  return need.map((needed) => (needed ? gradients.shift() : undefined));
}
