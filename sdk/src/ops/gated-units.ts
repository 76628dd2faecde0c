import { checkpoint, type Tensor } from "../graph/index.js";
import { gelu } from "./gelu.js";
import { mul } from "./mul.js";
import { relu } from "./relu.js";
import { sigmoid } from "./sigmoid.js";
import { silu } from "./silu.js";

/**
 * Gated linear unit: σ(gate) · up.
 *
 * @throws E_SHAPE when gate and up do not broadcast
 * @source Dauphin et al. 2017, eq. 1; values: tests/golden/losses.json
 * @example glu(tensor([0]), tensor([4])) // [2]
 */
export const glu = (gate: Tensor, up: Tensor): Tensor => mul(sigmoid(gate), up);

/**
 * SwiGLU: silu(gate) · up, the unit between the projections of a Llama feed-forward layer.
 *
 * @throws E_SHAPE when gate and up do not broadcast
 * @source Shazeer 2020, eq. 6; values: tests/golden/losses.json
 * @example swiGLU(tensor([0]), tensor([4])) // [0]
 */
export const swiGLU = (gate: Tensor, up: Tensor): Tensor => gatedAgain(gate, up);

/** Its gradient computes the activation again: kept, it would take as much memory as the gate. */
const gatedAgain = checkpoint((gate: Tensor, up: Tensor) => mul(silu(gate), up));

/**
 * GeGLU: gelu(gate) · up.
 *
 * @param options.approximate as {@link gelu} has it; default "none"
 * @throws E_SHAPE when gate and up do not broadcast
 * @source Shazeer 2020, eq. 6; values: tests/golden/losses.json
 * @example geGLU(tensor([0]), tensor([4])) // [0]
 */
export const geGLU = (
  gate: Tensor,
  up: Tensor,
  options: { readonly approximate?: "none" | "tanh" } = {},
): Tensor => mul(gelu(gate, options), up);

/**
 * ReGLU: relu(gate) · up.
 *
 * @throws E_SHAPE when gate and up do not broadcast
 * @source Shazeer 2020, eq. 6; values: tests/golden/losses.json
 * @example reGLU(tensor([-1, 2]), tensor([4, 4])) // [0, 8]
 */
export const reGLU = (gate: Tensor, up: Tensor): Tensor => mul(relu(gate), up);
