import type { Tensor } from "../graph/index.js";
import { gelu, mul, relu, sigmoid, silu, tanh } from "../ops/index.js";

const tanhGelu = (x: Tensor): Tensor => gelu(x, { approximate: "tanh" });

/** Activations by their names in config.json. */
export const ACTIVATIONS = {
  gelu: (x: Tensor): Tensor => gelu(x),
  gelu_new: tanhGelu,
  gelu_pytorch_tanh: tanhGelu,
  /** x · σ(1.702 x) (Hendrycks and Gimpel 2016). */
  quick_gelu: (x: Tensor): Tensor => mul(x, sigmoid(mul(x, 1.702))),
  relu: (x: Tensor): Tensor => relu(x),
  silu: (x: Tensor): Tensor => silu(x),
  tanh: (x: Tensor): Tensor => tanh(x),
} as const;

export type ActivationName = keyof typeof ACTIVATIONS;
export const ACTIVATION_NAMES = Object.keys(ACTIVATIONS) as ActivationName[];
