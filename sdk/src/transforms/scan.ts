import {
  applyAll,
  capture,
  copyOf,
  fillTree,
  idOf,
  leavesOf,
  nextNodeId,
  placeholder,
  regionOf,
  type Tensor,
  type TensorsLike,
} from "../graph/index.js";
import { GradlabError } from "../errors.js";
import { requireSameCarry, scanOpOf, type ScanBody } from "./scan-op.js";

export interface ScanOptions {
  /** From the last slice to the first; results stay in the order of the slices. Default false. */
  readonly reverse?: boolean;
}

/**
 * A loop over the first axis of sequences that carries a state: (carry, x) → [carry, y] for each slice x.
 *
 * The step is traced once and becomes a loop inside the program, whatever the length, instead of a copy for
 * each slice. Its gradient is a scan in the other direction over the carries of all steps, which are kept.
 *
 * @param fn   the step. Reads tensors from outside as it likes (parameters get their gradients), assigns no Variables
 * @param init the first carry: a tensor, or lists and records of them
 * @param xs   sequences [T, …] of one length, arranged in any way; fn sees slices […]
 * @returns [last carry, results], results arranged like y with [T, …] each
 * @throws E_SHAPE when sequences differ in length, or a step changes the carry's shape or dtype
 * @source jax.lax.scan; the gradient of a recurrent network: tests/golden/scan.json
 * @example
 * const [total, partial] = scan((sum: Tensor, x: Tensor) => [sum.add(x), sum.add(x)], tensor(0), tensor([1, 2, 3]));
 * await total.item(); // 6
 * await partial.data(); // [1, 3, 6]
 */
export function scan<C, X, Y>(
  fn: (carry: TensorsLike<C>, x: TensorsLike<X>) => readonly [C | TensorsLike<C>, Y],
  init: C,
  xs: X,
  { reverse = false }: ScanOptions = {},
): [carry: TensorsLike<C>, results: TensorsLike<Y>] {
  const [firsts, sequences] = [leavesOf(init), leavesOf(xs)];
  if (sequences.length === 0 || sequences.some(({ rank }) => rank === 0)) {
    throw new GradlabError("E_SHAPE", "scan needs sequences with an axis to cut.", {
      hint: "Without a sequence, scan over arange(steps).",
    });
  }
  const first = nextNodeId();
  const carries = firsts.map(({ shape, dtype }) => placeholder(shape, dtype));
  const slices = sequences.map(({ shape, dtype }) => placeholder(shape.slice(1), dtype));
  const [next, y] = fn(fillTree(init, carries), fillTree(xs, slices));
  const results = [...leavesOf(next), ...leavesOf(y)];
  requireSameCarry(carries, leavesOf(next));
  const { captured, body } = bodyOf([...carries, ...slices], results, first, carries.length, reverse);
  const outputs = applyAll(scanOpOf(body), [...firsts, ...sequences, ...captured], {
    carries: carries.length,
    slices: slices.length,
    reverse,
  });
  return [
    fillTree(init, outputs.slice(0, carries.length)),
    fillTree(y, outputs.slice(carries.length, results.length)),
  ];
}

/** The step as a graph of its own: what it reads from outside becomes further inputs. */
function bodyOf(
  own: readonly Tensor[],
  results: readonly Tensor[],
  first: number,
  carries: number,
  reverse: boolean,
): { readonly captured: readonly Tensor[]; readonly body: ScanBody } {
  const region = regionOf(results, first);
  const known = new Set(own.map(idOf));
  const captured = region.captured.filter((tensor) => !known.has(idOf(tensor)));
  const holes = new Map(captured.map((tensor) => [idOf(tensor), placeholder(tensor.shape, tensor.dtype)]));
  const outputs = copyOf(
    region,
    region.captured.map((tensor) => holes.get(idOf(tensor)) ?? tensor),
    results,
  );
  const inputs = [...own, ...holes.values()];
  const graph = capture(outputs, { inputs });
  return {
    captured,
    body: { graph, written: { inputs, outputs }, carries, slices: own.length - carries, reverse },
  };
}
