import { evaluate, HostStorage, Variable } from "../graph/index.js";
import { GradlabError } from "../errors.js";
import { add, div, minimum, mul, sub } from "../ops/index.js";
import type { HostArray } from "../tensor/index.js";
import { scalarVariable } from "./scalar.js";

export interface EmaOptions {
  /** δ: how much of the average is kept at each update. Default 0.999. */
  readonly decay?: number;
  /** Keeps only min(δ, (1+n)/(10+n)) at update n, so that a young average forgets its start. Default false. */
  readonly warmup?: boolean;
}

/**
 * An exponential moving average of parameters, e ← e + (1−δ)(p − e): often better than the last step's weights, at
 * 4 more bytes a parameter. `swap` puts the averages into the parameters and back.
 *
 * @source Polyak and Juditsky 1992; the warm-up as in TensorFlow's ExponentialMovingAverage
 * @example
 * const w = new Variable(hostArray(Float32Array.of(0), [1]), "w");
 * const ema = new Ema([w], { decay: 0.9 });
 * w.assign(w.add(1));
 * await ema.update();
 * await ema.swap();
 * await w.data(); // [0.1]
 */
export class Ema {
  readonly #averages: readonly Variable[];
  readonly #count = scalarVariable("ema.count");
  readonly #options: Required<EmaOptions>;
  #swapped = false;

  constructor(
    readonly parameters: readonly Variable[],
    options: EmaOptions = {},
  ) {
    this.#options = { decay: 0.999, warmup: false, ...options };
    this.#averages = parameters.map((parameter) => {
      // A tensor of the same node would share the parameter's memory, which updates overwrite.
      const value = parameter.storage?.array ?? mul(parameter, 1);
      return new Variable(value, `${parameter.name}.ema`, false);
    });
  }

  /** Whether the parameters hold the averages now. */
  get swapped(): boolean {
    return this.#swapped;
  }

  /** Moves the averages; call inside a compiled function, after the optimizer's `assign`. @throws E_CONFIG when swapped */
  assign(): void {
    this.#refuseSwapped();
    const { decay, warmup } = this.#options;
    const n = this.#count;
    const kept = warmup ? minimum(div(add(n, 1), add(n, 10)), decay) : undefined;
    this.#averages.forEach((average, i) => {
      const difference = sub(this.parameters[i], average);
      const share = kept ? sub(1, kept) : 1 - decay;
      average.assign(add(average, mul(difference, share)));
    });
    this.#count.assign(add(n, 1));
  }

  /** Moves the averages outside a compiled function. @throws E_CONFIG when swapped */
  async update(): Promise<void> {
    this.assign();
    const changed = [...this.#averages, this.#count];
    await evaluate(changed);
    for (const variable of changed) variable.load(variable.storage!);
  }

  /** Exchanges parameters and averages, without a copy; a second call puts them back. */
  async swap(): Promise<void> {
    for (const variable of [...this.parameters, ...this.#averages]) await variable.settle();
    await evaluate([...this.parameters, ...this.#averages]);
    this.#averages.forEach((average, i) => {
      const parameter = this.parameters[i];
      const [mine, theirs] = [average.storage!, parameter.storage!];
      parameter.load(mine);
      average.load(theirs);
    });
    this.#swapped = !this.#swapped;
  }

  /** The averages by `<parameter>.ema`, and the number of updates as `ema.count`. @throws E_CONFIG when swapped */
  async state(): Promise<ReadonlyMap<string, HostArray>> {
    this.#refuseSwapped();
    const state = new Map<string, HostArray>();
    for (const variable of [...this.#averages, this.#count]) state.set(variable.name, await variable.array());
    return state;
  }

  /** Continues from a saved state, bit by bit. @throws E_CHECKPOINT_MISMATCH when a parameter is missing */
  restore(state: ReadonlyMap<string, HostArray>): void {
    const variables = [...this.#averages, this.#count];
    const missing = variables.find(({ name }) => !state.has(name));
    if (missing)
      throw new GradlabError("E_CHECKPOINT_MISMATCH", `The saved averages have no ${missing.name}.`);
    for (const variable of variables) variable.load(new HostStorage(state.get(variable.name)!));
  }

  #refuseSwapped(): void {
    if (!this.#swapped) return;
    throw new GradlabError("E_CONFIG", "The parameters hold their averages now.", {
      hint: "Call swap() again before training goes on.",
    });
  }
}
