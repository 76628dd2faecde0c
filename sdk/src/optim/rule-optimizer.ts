import { GradlabError } from "../errors.js";
import { evaluate, HostStorage, Variable, type Tensor } from "../graph/index.js";
import { where } from "../ops/index.js";
import { byteSize, isFloat, sameShape, sizeOf, zerosArray, type HostArray } from "../tensor/index.js";
import { settingsOf, type Settings } from "./groups.js";
import type { Optimizer, OptimizerMemory, OptimizerOptions, OptimizerState } from "./optimizer.js";
import { scalarStorage, scalarVariable } from "./scalar.js";
import type { UpdateRule } from "./update-rule.js";

/** One parameter with its rule, its state and the scalars it shares with its group. */
interface Member {
  readonly parameter: Variable;
  readonly rule: UpdateRule;
  readonly settings: Settings;
  readonly scalars: Readonly<Record<string, Variable>>;
  /** Made when first needed, so that asking for the memory takes none. */
  readonly slots: () => Readonly<Record<string, Variable>>;
}

type RuleOptions = Required<OptimizerOptions>;

/**
 * An optimizer from a rule for each parameter: holds the state, feeds the scalars, saves and restores. The named
 * optimizers are this class with their rule; write your own with `defineRule`.
 *
 * @example
 * const rule = defineRule<never, "rate">({
 *   slots: () => ({}),
 *   scalars: ({ learningRate }) => ({ rate: learningRate }),
 *   next: ({ p, g, scalars }) => ({ p: descend(p, sign(g), scalars.rate, full([], 1)), slots: {} }),
 * });
 * const w = new Variable(hostArray(Float32Array.of(1, 2), [2]), "w");
 * const signDescent = new RuleOptimizer([w], () => rule, { learningRate: 0.5 });
 * await signDescent.update([tensor([3, -4])]);
 * await w.data(); // [0.5, 2.5]
 */
export class RuleOptimizer implements Optimizer {
  readonly #members: readonly Member[];
  readonly #options: RuleOptions;
  #step = 0;
  #learningRate = 0;

  constructor(
    readonly parameters: readonly Variable[],
    ruleOf: (parameter: Variable) => UpdateRule,
    options: OptimizerOptions = {},
  ) {
    this.#options = {
      learningRate: 1e-3,
      weightDecay: 0,
      decays: (parameter) => parameter.rank > 1,
      groups: [],
      ...options,
    };
    parameters.forEach(refuseHalf);
    const shared = new Map<string, Member["scalars"]>();
    const rules: UpdateRule[] = [];
    this.#members = parameters.map((parameter) => {
      const rule = ruleOf(parameter);
      const settings = settingsOf(parameter, this.#options);
      if (!rules.includes(rule)) rules.push(rule);
      const key = `${rules.indexOf(rule)}:${JSON.stringify(settings)}`;
      if (!shared.has(key)) shared.set(key, scalarsOf(rule, settings));
      const scalars = shared.get(key)!;
      return { parameter, rule, settings, scalars, slots: once(() => slotsOf(rule, parameter)) };
    });
  }

  get step(): number {
    return this.#step;
  }

  advance(learningRate = this.#options.learningRate): void {
    this.#step++;
    this.#learningRate = learningRate;
    this.#feed();
  }

  retract(): void {
    this.#step--;
    if (this.#step > 0) this.#feed();
  }

  assign(gradients: readonly Tensor[], gradScale?: Tensor, when?: Tensor): void {
    const keep = (next: Tensor, variable: Variable): void =>
      variable.assign(when ? where(when, next, variable) : next);
    this.#members.forEach(({ parameter, rule, settings: { weightDecay }, scalars, ...member }, i) => {
      const slots = member.slots();
      const inputs = { p: parameter, g: gradients[i], gradScale, slots, scalars, weightDecay };
      const next = rule.next(inputs);
      keep(next.p, parameter);
      for (const [name, variable] of Object.entries(slots)) keep(next.slots[name], variable);
    });
  }

  async update(gradients: readonly Tensor[], learningRate?: number): Promise<void> {
    this.advance(learningRate);
    this.assign(gradients);
    const changed = [...this.parameters, ...this.#state()];
    await evaluate(changed);
    for (const variable of changed) variable.load(variable.storage!);
  }

  async state(): Promise<OptimizerState> {
    const moments = new Map<string, HostArray>();
    for (const variable of this.#state()) {
      if (moments.has(variable.name)) throw sameNames(variable.name);
      moments.set(variable.name, await variable.array());
    }
    return { step: this.#step, moments };
  }

  restore({ step, moments }: OptimizerState): void {
    const saved = this.#state().map((variable) => savedFor(variable, moments));
    this.#state().forEach((variable, i) => variable.load(new HostStorage(saved[i])));
    this.#step = step;
  }

  memory(): OptimizerMemory {
    const specs = this.#members.flatMap(({ rule, parameter }) => Object.values(rule.slots(parameter)));
    const bytes = specs.reduce((sum, { shape, dtype }) => sum + sizeOf(shape) * byteSize(dtype), 0);
    const count = this.parameters.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
    return { bytes, bytesPerParameter: bytes / count };
  }

  #state(): Variable[] {
    return this.#members.flatMap(({ slots }) => Object.values(slots()));
  }

  /** Loads the scalars of the present step; parameters of one group share them. */
  #feed(): void {
    const fed = new Set<Member["scalars"]>();
    for (const { rule, settings, scalars } of this.#members) {
      if (fed.has(scalars)) continue;
      fed.add(scalars);
      const numbers = rule.scalars({
        step: this.#step,
        learningRate: this.#learningRate * settings.learningRateFactor,
        weightDecay: settings.weightDecay,
      });
      for (const [name, variable] of Object.entries(scalars)) variable.load(scalarStorage(numbers[name]));
    }
  }
}

function refuseHalf({ name, dtype }: Variable): void {
  if (isFloat(dtype) && byteSize(dtype) >= 4) return;
  throw new GradlabError("E_DTYPE", `${name} is ${dtype}; optimizers update float32 parameters.`, {
    hint: "Train half-precision weights through float32 copies: new MasterWeights(weights).",
  });
}

function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}

function slotsOf(rule: UpdateRule, parameter: Variable): Record<string, Variable> {
  const specs = Object.entries(rule.slots(parameter));
  return Object.fromEntries(
    specs.map(([name, { shape, dtype }]) => [
      name,
      new Variable(new HostStorage(zerosArray(shape, dtype)), `${parameter.name}.${name}`, false),
    ]),
  );
}

function scalarsOf(rule: UpdateRule, settings: Settings): Record<string, Variable> {
  const names = Object.keys(rule.scalars({ step: 1, learningRate: 0, weightDecay: settings.weightDecay }));
  return Object.fromEntries(names.map((name) => [name, scalarVariable(`optimizer.${name}`)]));
}

const sameNames = (name: string): GradlabError =>
  new GradlabError("E_CONFIG", `Two parameters have the state ${name}, which a file could not tell apart.`, {
    hint: "Give parameters different names, and an optimizer each of them once.",
  });

function savedFor({ name, shape, dtype }: Variable, moments: OptimizerState["moments"]): HostArray {
  const saved = moments.get(name);
  if (saved && saved.dtype === dtype && sameShape(saved.shape, shape)) return saved;
  const has = saved ? `${name} as ${saved.dtype}[${saved.shape.join(", ")}]` : `no ${name}`;
  throw new GradlabError(
    "E_CHECKPOINT_MISMATCH",
    `The saved optimizer state has ${has}; this optimizer needs ${dtype}[${shape.join(", ")}].`,
  );
}
