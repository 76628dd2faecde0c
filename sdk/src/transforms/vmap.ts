import {
  alias,
  applyAll,
  fillTree,
  identityOp,
  idOf,
  leavesOf,
  nextNodeId,
  placeholder,
  regionOf,
  type Node,
  type Tensor,
  type TensorsLike,
} from "../graph/index.js";
import { GradlabError } from "../errors.js";
import { concat, expand, reshape, slice } from "../ops/index.js";
import { batchedAtOnce, type Batching } from "./batching.js";

export interface VmapOptions {
  /** For each argument 0 where it has a first axis of examples (default), null where all examples share it. */
  readonly inAxes?: readonly (0 | null)[];
}

interface Image {
  readonly tensor: Tensor;
  /** Whether it has the axis of examples. */
  readonly batched: boolean;
}

/**
 * A function of one example as a function of a batch: examples along the first axis of its arguments and results.
 *
 * The function is traced once, for one example, and each op is then applied to all examples at once: element by
 * element, along moved axes, by products with a batch axis, by folding examples into an axis that the op has
 * anyway. Ops without such a rule (decompositions of matrices, quantized products, gradients of one's own,
 * scans) are computed example by example and stacked: right, but no faster than a loop. Random bits come from
 * their key, so examples that share a key share the bits; give each example a key of its own.
 *
 * @throws E_SHAPE when arguments have different numbers of examples, or none has any
 * @source jax.vmap, torch.func.vmap; per-example gradients as in Goodfellow 2015
 * @example
 * const loss = (w: Tensor, x: Tensor) => x.mul(w).sum().mul(x.mul(w).sum());
 * const each = vmap(grad(loss), { inAxes: [null, 0] });
 * await each(tensor([1, 2]), tensor([[1, 0], [0, 1], [1, 1]])).data(); // [2, 0, 0, 4, 6, 6]
 */
export function vmap<A extends readonly unknown[], R>(
  fn: (...args: A) => R,
  { inAxes = [] }: VmapOptions = {},
): (...args: A) => TensorsLike<R> {
  return (...args) => {
    const first = nextNodeId();
    const images = new Map<string, Image>();
    const size = sizeOfBatch(args, inAxes);
    const single = args.map((arg, i) => {
      if (inAxes[i] === null) return arg;
      const leaves = leavesOf(arg).map((tensor) => {
        const hole = placeholder(tensor.shape.slice(1), tensor.dtype);
        images.set(idOf(hole), { tensor, batched: true });
        return hole;
      });
      return fillTree(arg, leaves);
    });
    const result = fn(...(single as unknown as A));
    const ys = leavesOf(result);
    const image = (tensor: Tensor): Image => images.get(idOf(tensor)) ?? { tensor, batched: false };
    for (const node of regionOf(ys, first).nodes) {
      mapNode(node, node.inputs.map(image), size).forEach((output, i) =>
        images.set(`${node.id}.${i}`, output),
      );
    }
    return fillTree(
      result,
      ys.map((y) => stretched(image(y), size)),
    );
  };
}

const stretched = ({ tensor, batched }: Image, size: number): Tensor =>
  batched ? tensor : expand(reshape(tensor, [1, ...tensor.shape]), [size, ...tensor.shape]);

function mapNode(node: Node, inputs: readonly Image[], size: number): Image[] {
  const tensors = inputs.map(({ tensor }) => tensor);
  if (node.op === identityOp)
    return inputs.map(({ tensor, batched }) => ({ tensor: alias(tensor), batched }));
  if (!inputs.some(({ batched }) => batched)) {
    return applyAll(node.op, tensors, node.attrs).map((tensor) => ({ tensor, batched: false }));
  }
  const context = { node, inputs: tensors, batched: inputs.map(({ batched }) => batched), size };
  return (batchedAtOnce(context) ?? oneByOne(context)).map((tensor) => ({ tensor, batched: true }));
}

/** Each example by itself, stacked. */
function oneByOne({ node, inputs, batched, size }: Batching): Tensor[] {
  const each = Array.from({ length: size }, (_, example) => {
    const own = inputs.map((x, i) =>
      batched[i] ? reshape(slice(x, example, example + 1), node.inputs[i].shape) : x,
    );
    return applyAll(node.op, own, node.attrs);
  });
  return node.outputs.map(({ shape }, i) =>
    concat(each.map((outputs) => reshape(outputs[i], [1, ...shape]))),
  );
}

function sizeOfBatch(args: readonly unknown[], inAxes: readonly (0 | null)[]): number {
  const mapped = args.flatMap((arg, i) => (inAxes[i] === null ? [] : leavesOf(arg)));
  const [first] = mapped;
  const other = mapped.find(({ rank, shape }) => rank === 0 || shape[0] !== first.shape[0]);
  if (first && !other) return first.shape[0];
  throw new GradlabError(
    "E_SHAPE",
    first && other
      ? `vmap: ${first.toString()} and ${other.toString()} do not hold the same number of examples.`
      : "vmap: no argument holds examples.",
    { hint: "Examples lie along the first axis; arguments that all of them share have null in inAxes." },
  );
}
