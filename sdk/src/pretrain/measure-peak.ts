import { compile } from "../engine/index.js";
import type { Tensor } from "../graph/index.js";
import { full, matmul, mul } from "../ops/index.js";

const SIZE = 1024;
const PRODUCTS = 8;
const ROUNDS = 4;

/**
 * Flop per second that this machine reaches in products of 1024 × 1024 matrices inside one program: the best of four
 * rounds of eight. What model flop utilization is measured against.
 *
 * @example await measurePeak() // 3.1e11 on two cores of 2024
 */
export async function measurePeak(): Promise<number> {
  const chain = compile((x: Tensor, w: Tensor) => {
    let y = x;
    for (let i = 0; i < PRODUCTS; i++) y = mul(matmul(y, w), 1 / SIZE);
    return y;
  });
  const [x, w] = [full([SIZE, SIZE], 1), full([SIZE, SIZE], 1)];
  let best = Infinity;
  for (let round = 0; round <= ROUNDS; round++) {
    const started = performance.now();
    await (await chain(x, w)).array();
    if (round > 0) best = Math.min(best, performance.now() - started);
  }
  return (2 * SIZE ** 3 * PRODUCTS) / (best / 1000);
}

/**
 * Flop of one trained token: 6N for the products with N weights, forward and backward, and 6·L·E·T for causal attention
 * over windows of T (half of 12·L·E·T: a position sees those before it).
 *
 * @source Chowdhery et al. 2022, PaLM, appendix B
 * @example trainingFlopsPerToken({ parameters: 3.2e6, layers: 6, width: 192, window: 256 }) // 20 969 472
 */
export function trainingFlopsPerToken(model: {
  readonly parameters: number;
  readonly layers: number;
  readonly width: number;
  readonly window: number;
}): number {
  return 6 * model.parameters + 6 * model.layers * model.width * model.window;
}
