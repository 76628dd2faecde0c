import type { Tensor } from "../graph/index.js";
import { add, cast, div, equal, full, mul, sum, where } from "../ops/index.js";
import { globalNorm } from "./clip.js";
import type { Optimizer } from "./optimizer.js";
import { scalarStorage, scalarVariable } from "./scalar.js";

export interface GradScalerOptions {
  /** First scale. Default 65536. */
  readonly initialScale?: number;
  /** Factor of the scale after `growthInterval` good steps. Default 2. */
  readonly growthFactor?: number;
  /** Factor of the scale after a step with an infinite or NaN gradient. Default 0.5. */
  readonly backoffFactor?: number;
  /** Default 2000. */
  readonly growthInterval?: number;
}

/** A compiled function may return it as it is. */
export type ScaledStep = {
  /** bool scalar: whether every gradient was finite and the step was made. */
  readonly finite: Tensor;
  /** The global norm of the unscaled gradients. */
  readonly norm: Tensor;
};

/**
 * Dynamic loss scaling: the loss is multiplied so that small gradients survive float16, whose least normal number is
 * 6·10⁻⁵. A step whose gradients overflow is skipped inside the compiled program, and the scale backs off; after
 * `growthInterval` good steps it grows.
 *
 * gradlab's CPU engine computes in float32, where nothing underflows: scaling matters for gradients that are stored
 * as float16 or computed on a device with half arithmetic. bfloat16 has float32's range and needs none.
 *
 * @source Micikevicius et al. 2018, §3.2, in the form of torch.cuda.amp.GradScaler
 * @example
 * const w = new Variable(hostArray(Float32Array.of(1, 2), [2]), "w");
 * const [optimizer, scaler] = [new AdamW([w]), new GradScaler()];
 * const step = compile((x: Tensor) => {
 *   const loss = x.mul(w).sum();
 *   return scaler.assign(optimizer, grad(scaler.scaleLoss(loss), [w]), { clipNorm: 1 }).finite;
 * });
 * optimizer.advance();
 * const finite = await step(tensor([1, 2]));
 * await scaler.settle(optimizer, finite); // true
 */
export class GradScaler {
  readonly #scale;
  readonly #good = scalarVariable("scaler.good");
  readonly #options: Required<GradScalerOptions>;

  constructor(options: GradScalerOptions = {}) {
    const defaults = { initialScale: 65536, growthFactor: 2, backoffFactor: 0.5, growthInterval: 2000 };
    this.#options = { ...defaults, ...options };
    this.#scale = scalarVariable("scaler.scale", this.#options.initialScale);
  }

  /** loss · scale: what to differentiate. */
  scaleLoss(loss: Tensor): Tensor {
    return mul(loss, this.#scale);
  }

  /**
   * Unscales and clips the gradients, lets the optimizer assign unless one is infinite or NaN, and moves the scale;
   * call inside a compiled function, and `settle` after it.
   */
  assign(
    optimizer: Optimizer,
    gradients: readonly Tensor[],
    { clipNorm = Infinity }: { readonly clipNorm?: number } = {},
  ): ScaledStep {
    const inverse = div(full([], 1), this.#scale);
    const finite = allFinite(gradients);
    // Scaled before they are squared: the squares of scaled gradients may overflow.
    const unscaled = gradients.map((g) => mul(g, inverse));
    const { norm, scale } = globalNorm(unscaled, clipNorm);
    optimizer.assign(unscaled, scale, finite);
    this.#move(finite);
    return { finite, norm };
  }

  #move(finite: Tensor): void {
    const { growthFactor, backoffFactor, growthInterval } = this.#options;
    const good = add(this.#good, 1);
    const due = equal(good, growthInterval);
    const grown = where(due, mul(this.#scale, growthFactor), this.#scale);
    this.#scale.assign(where(finite, grown, mul(this.#scale, backoffFactor)));
    this.#good.assign(where(finite, where(due, 0, good), 0));
  }

  /** Takes the optimizer's `advance` back when its step was skipped. @returns whether the step was made */
  async settle(optimizer: Optimizer, finite: Tensor): Promise<boolean> {
    const made = (await finite.item()) !== 0;
    if (!made) optimizer.retract();
    return made;
  }

  /** The present scale and the good steps since it last changed. */
  async state(): Promise<{ readonly scale: number; readonly good: number }> {
    return { scale: await this.#scale.item(), good: await this.#good.item() };
  }

  restore({ scale, good }: { readonly scale: number; readonly good: number }): void {
    this.#scale.load(scalarStorage(scale));
    this.#good.load(scalarStorage(good));
  }
}

/** x·0 is 0 only for finite x; a sum is finite only if its parts are. */
function allFinite(gradients: readonly Tensor[]): Tensor {
  const zero = gradients.map((g) => mul(sum(cast(g, "float32")), 0)).reduce((a, b) => add(a, b));
  return equal(zero, 0);
}
