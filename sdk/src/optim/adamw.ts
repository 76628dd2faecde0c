import { evaluate, HostStorage, Variable, type Tensor } from "../graph/index.js";
import { adamwUpdate, full } from "../ops/index.js";
import { hostArray, zerosArray, type HostArray } from "../tensor/index.js";

export interface AdamWOptions {
  /** Step size. Default 1e-3; `advance` may give another one for each step. */
  readonly learningRate?: number;
  /** Decay of the two moments. Default [0.9, 0.999]. */
  readonly betas?: readonly [number, number];
  /** Added to the root of the second moment. Default 1e-8. */
  readonly eps?: number;
  /** Decoupled weight decay λ. Default 0.01. */
  readonly weightDecay?: number;
  /** Which parameters decay. Default: those with two or more axes. */
  readonly decays?: (parameter: Variable) => boolean;
}

/** Everything AdamW carries from step to step. */
export interface AdamWState {
  readonly step: number;
  readonly moments: ReadonlyMap<string, HostArray>;
}

/**
 * Adam with decoupled weight decay:
 *
 *   m = β₁m + (1−β₁)g,  v = β₂v + (1−β₂)g²,  p ← p(1 − lr·λ) − lr · m̂ / (√v̂ + ε),  m̂ = m/(1−β₁ᵗ), v̂ = v/(1−β₂ᵗ)
 *
 * @source Loshchilov and Hutter 2019, algorithm 2; values: tests/golden/optim.json
 * @example
 * const optimizer = new AdamW([w], { learningRate: 1e-3 });
 * await optimizer.update(grad(loss, [w]));
 */
export class AdamW {
  readonly #options: Required<AdamWOptions>;
  readonly #first: Variable[];
  readonly #second: Variable[];
  readonly #rate = scalar("adamw.rate");
  readonly #eps = scalar("adamw.eps");
  readonly #decay = scalar("adamw.decay");
  #step = 0;

  constructor(
    readonly parameters: readonly Variable[],
    options: AdamWOptions = {},
  ) {
    this.#options = {
      learningRate: 1e-3,
      betas: [0.9, 0.999],
      eps: 1e-8,
      weightDecay: 0.01,
      decays: (parameter) => parameter.rank > 1,
      ...options,
    };
    this.#first = parameters.map((p) => new Variable(zerosArray(p.shape, p.dtype), `${p.name}.first`));
    this.#second = parameters.map((p) => new Variable(zerosArray(p.shape, p.dtype), `${p.name}.second`));
  }

  /** Updates made so far. */
  get step(): number {
    return this.#step;
  }

  /**
   * Assigns the updated parameters and moments; call inside a compiled function, after `advance`.
   *
   * @param gradients one for each parameter, in order
   * @param gradScale factor of all gradients, for clipping. Default 1.
   */
  assign(gradients: readonly Tensor[], gradScale: Tensor = full([], 1)): void {
    const [beta1, beta2] = this.#options.betas;
    const one = full([], 1);
    this.parameters.forEach((parameter, i) => {
      const decays = this.#options.weightDecay > 0 && this.#options.decays(parameter);
      const scalars = { rate: this.#rate, eps: this.#eps, decay: decays ? this.#decay : one, gradScale };
      const state = { p: parameter, g: gradients[i], m: this.#first[i], v: this.#second[i] };
      const next = adamwUpdate(state, scalars, { beta1, beta2 });
      parameter.assign(next.p);
      this.#first[i].assign(next.m);
      this.#second[i].assign(next.v);
    });
  }

  /** Moves to the next step: the bias corrections and the learning rate of this update. */
  advance(learningRate = this.#options.learningRate): void {
    const { betas, eps, weightDecay } = this.#options;
    this.#step++;
    const [c1, c2] = betas.map((beta) => (1 - beta ** this.#step) / (1 - beta));
    this.#rate.load(storageOf((learningRate / c1) * Math.sqrt(c2)));
    this.#eps.load(storageOf(eps * Math.sqrt(c2)));
    this.#decay.load(storageOf(1 - learningRate * weightDecay));
  }

  /** One whole update outside a compiled function. */
  async update(gradients: readonly Tensor[], learningRate?: number): Promise<void> {
    this.advance(learningRate);
    this.assign(gradients);
    const changed = [...this.parameters, ...this.#first, ...this.#second];
    await evaluate(changed);
    for (const variable of changed) variable.load(variable.storage!);
  }

  async state(): Promise<AdamWState> {
    const moments = new Map<string, HostArray>();
    for (const variable of [...this.#first, ...this.#second])
      moments.set(variable.name, await variable.array());
    return { step: this.#step, moments };
  }

  /** Continues from a saved state, bit by bit. */
  restore({ step, moments }: AdamWState): void {
    this.#step = step;
    for (const variable of [...this.#first, ...this.#second]) {
      const saved = moments.get(variable.name);
      if (saved) variable.load(new HostStorage(saved));
    }
  }
}

const storageOf = (value: number): HostStorage => new HostStorage(hostArray(Float32Array.of(value), []));
const scalar = (name: string): Variable => new Variable(storageOf(0), name);
