import type { Tensor } from "../../graph/index.js";
import type { Init } from "../../nn/index.js";
import {
  add,
  concat,
  exp,
  mul,
  neg,
  reshape,
  slice,
  softplus,
  split,
  sum,
  transpose,
} from "../../ops/index.js";
import { scan } from "../../transforms/index.js";
import { ACTIVATIONS } from "../activations.js";
import type { Recurrence } from "../architecture.js";
import type { Layers } from "../layers.js";
import type { MambaConfig } from "./config.js";

/**
 * A selective state space between two projections. Of each token's x after in_proj, convolution and activation:
 *
 *     Δ, B, C = split(x_proj(x)),  Δ ← softplus(dt_proj(Δ))
 *     h ← exp(Δ ⊗ A) ⊙ h + (Δ ⊙ x) ⊗ B,  A = −exp(A_log)
 *     y = out_proj((h C + D ⊙ x) ⊙ activation(gate))
 *
 * The loop over tokens is a scan, whose gradient keeps h of every token: inner · state_size numbers each.
 *
 * @source Gu and Dao 2023, §3; names and layout as Hugging Face's MambaMixer
 */
export function selectiveMixer(layers: Layers, config: MambaConfig, at: string): Recurrence {
  const { width, inner, stateWidth, kernel, rank, biases } = config;
  const enter = layers.linear(`${at}.in_proj`, width, 2 * inner, {
    bias: biases.linear,
    init: kaiming(width),
  });
  const convolve = convolution(layers, config, `${at}.conv1d`);
  const select = layers.linear(`${at}.x_proj`, inner, rank + 2 * stateWidth, {
    bias: false,
    init: kaiming(inner),
  });
  const widen = layers.linear(`${at}.dt_proj`, rank, inner, {
    init: { uniform: 1 / Math.sqrt(rank) },
    biasInit: stepInit(config),
  });
  const rates = layers.parameter(`${at}.A_log`, [inner, stateWidth], {
    law: (_, i) => Math.log(1 + (i % stateWidth)),
  });
  const direct = layers.parameter(`${at}.D`, [inner], { constant: 1 });
  // Residual outputs start smaller, so that the depth does not raise the variance (Radford et al. 2019, §2.3).
  const residual = { uniform: 1 / Math.sqrt(inner * config.layers) };
  const leave = layers.linear(`${at}.out_proj`, inner, width, { bias: biases.linear, init: residual });
  const activate = ACTIVATIONS[config.activation];
  return {
    states: [
      { name: "conv", shape: [kernel - 1, inner] },
      { name: "ssm", shape: [inner, stateWidth] },
    ],
    run: (rows, [past, before]) => {
      // Time first, as a scan cuts it.
      const [u, gate] = split(enter.forward(timeFirst(rows)), [inner, inner], 2);
      const { y: convolved, after } = convolve(u, timeFirst(past));
      const x = activate(convolved);
      const [low, b, c] = split(select.forward(x), [rank, stateWidth, stateWidth], 2);
      const steps = softplus(widen.forward(low));
      const [state, read] = scanStates(neg(exp(rates)), { steps, driven: mul(steps, x), b, c }, before);
      const y = mul(add(read, mul(direct, x)), activate(gate));
      return { y: timeFirst(leave.forward(y)), after: [after, state] };
    },
  };
}

interface Driven {
  /** Δ [T, B, I] */
  readonly steps: Tensor;
  /** Δ ⊙ x [T, B, I] */
  readonly driven: Tensor;
  /** [T, B, N] */
  readonly b: Tensor;
  readonly c: Tensor;
}

/** @returns h after the last token [B, I, N], and h C of every token [T, B, I] */
function scanStates(rates: Tensor, sequences: Driven, before: Tensor): [state: Tensor, read: Tensor] {
  const column = (x: Tensor): Tensor => reshape(x, [...x.shape, 1]);
  const row = (x: Tensor): Tensor => reshape(x, [x.shape[0], 1, x.shape[1]]);
  return scan(
    (h: Tensor, { steps, driven, b, c }: Driven) => {
      const next = add(mul(exp(mul(column(steps), rates)), h), mul(column(driven), row(b)));
      return [next, sum(mul(next, row(c)), { axes: [2] })];
    },
    before,
    sequences,
  );
}

const timeFirst = (x: Tensor): Tensor => transpose(x, [1, 0, 2]);

/** A causal depthwise convolution over time: y[t] = bias + Σ w[k] ⊙ x[t − K + 1 + k], with the K − 1 inputs before x.
 * The inputs to hand on lie batch first. */
function convolution(layers: Layers, { inner, kernel, biases }: MambaConfig, at: string) {
  const init = { uniform: 1 / Math.sqrt(kernel) };
  const weight = layers.parameter(`${at}.weight`, [inner, 1, kernel], init);
  const bias = biases.convolution ? layers.parameter(`${at}.bias`, [inner], init) : undefined;
  return (x: Tensor, past: Tensor): { y: Tensor; after: Tensor } => {
    const [time] = x.shape;
    const seen = concat([past, x]);
    const taps = split(weight, new Array<number>(kernel).fill(1), 2);
    const y = taps
      .map((tap, k) => mul(slice(seen, k, k + time), reshape(tap, [inner])))
      .reduce((total, part) => add(total, part));
    // Cut along the turned axis: at time = K − 1 it would be a tap's own slice, and a trace of that size another graph.
    return { y: bias ? add(y, bias) : y, after: slice(timeFirst(seen), time, time + kernel - 1, 1) };
  };
}

/** torch.nn.Linear's own law. */
const kaiming = (from: number): Init => ({ uniform: 1 / Math.sqrt(from) });

/** Biases b with softplus(b) log-uniform between the bounds: b = Δ + ln(1 − e^−Δ). */
function stepInit({ steps: { min, max, floor } }: MambaConfig): Init {
  return {
    law: (random) => {
      const step = Math.max(floor, Math.exp(Math.log(min) + random.uniform() * Math.log(max / min)));
      return step + Math.log(-Math.expm1(-step));
    },
  };
}
