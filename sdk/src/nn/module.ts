import { GradlabError, nearestName } from "../errors.js";
import { HostStorage, Variable } from "../graph/index.js";
import { castArray, sameShape, sizeOf, type HostArray } from "../tensor/index.js";
import { ModuleSummary } from "./summary.js";

/** Names to choose parameters or layers by: a beginning of the name, or a pattern. Default: all. */
export type NamePattern = string | RegExp;

/** What a lenient `loadStateDict` left alone. */
export interface LoadReport {
  readonly missing: readonly string[];
  readonly unexpected: readonly string[];
}

type Part = Variable | Module;

/**
 * A layer or a network of layers. Its properties that are variables are its parameters, those that are modules (or
 * arrays of them) its parts; names are the paths of properties, as in PyTorch.
 *
 * @example
 * class Net extends Module {
 *   readonly hidden = new Linear(new Scope("hidden", 1), { from: 4, to: 8 });
 *   readonly out = new Linear(new Scope("out", 1), { from: 8, to: 1 });
 *   forward(x: Tensor): Tensor {
 *     return this.out.forward(this.hidden.forward(x).tanh());
 *   }
 * }
 * const net = new Net();
 * net.paramCount; // 49
 * [...net.namedParameters().keys()]; // ["hidden.weight", "hidden.bias", "out.weight", "out.bias"]
 */
export abstract class Module {
  #training = true;

  /** Whether layers that behave otherwise in training (dropout) do so. Default true. */
  get training(): boolean {
    return this.#training;
  }

  /** Sets the mode of this module and all its parts. */
  train(mode = true): this {
    for (const module of this.modules().values()) module.#training = mode;
    return this;
  }

  /** The same as `train(false)`. */
  eval(): this {
    return this.train(false);
  }

  /** Direct parts by name. */
  children(): Map<string, Module> {
    return new Map(this.#parts().filter((part): part is [string, Module] => part[1] instanceof Module));
  }

  /** This module under "" and every part of it by its path, each once. */
  modules(): Map<string, Module> {
    const found = new Map<string, Module>();
    const seen = new Set<Module>();
    const visit = (module: Module, path: string): void => {
      if (seen.has(module)) return;
      seen.add(module);
      found.set(path, module);
      for (const [name, child] of module.children()) visit(child, joined(path, name));
    };
    visit(this, "");
    return found;
  }

  /**
   * The parts of one class by their paths, as adapters look for linear layers.
   *
   * @param pattern a beginning of the path, or a pattern. Default: all
   * @example new SwiGLU(new Scope("mlp", 1), { width: 4 }).parts(Linear, /up|down/).size // 2
   */
  parts<M extends Module>(
    kind: abstract new (...args: never[]) => M,
    pattern: NamePattern = "",
  ): Map<string, M> {
    const found = [...this.modules()].filter(([path]) => matches(path, pattern));
    return new Map(found.filter((part): part is [string, M] => part[1] instanceof kind));
  }

  /** Every parameter by its path; one that is used twice (tied) stands under its first name. */
  namedParameters(): Map<string, Variable> {
    const found = new Map<string, Variable>();
    const seen = new Set<Variable>();
    for (const [path, module] of this.modules()) {
      for (const [name, variable] of module.ownParameters()) {
        if (seen.has(variable)) continue;
        seen.add(variable);
        found.set(joined(path, name), variable);
      }
    }
    return found;
  }

  /** Every parameter, or the trainable ones only: what an optimizer takes. */
  parameters(options: { readonly trainable?: boolean } = {}): Variable[] {
    const all = [...this.namedParameters().values()];
    return options.trainable ? all.filter(({ trainable }) => trainable) : all;
  }

  get paramCount(): number {
    return this.parameters().reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  }

  /** Excludes parameters from training: `parameters({ trainable: true })` leaves them out. @returns this module */
  freeze(pattern: NamePattern = ""): this {
    return this.#setTrainable(pattern, false);
  }

  /** Takes `freeze` back. */
  unfreeze(pattern: NamePattern = ""): this {
    return this.#setTrainable(pattern, true);
  }

  /**
   * Stores matrices (parameters of two or more axes) in another dtype: "bfloat16" or "float16" in half the memory. Layers
   * convert them where they read them and compute in float32. Call it before anything is compiled.
   *
   * @param pattern which parameters. Default: all
   * @example
   * const layer = new Linear(new Scope("l", 1), { from: 64, to: 64 });
   * (await layer.store("bfloat16")).describe().bytes // 8448
   */
  async store(dtype: "float32" | "float16" | "bfloat16", pattern: NamePattern = ""): Promise<this> {
    for (const [name, variable] of this.namedParameters()) {
      if (variable.rank < 2 || !matches(name, pattern)) continue;
      variable.load(new HostStorage(castArray(await variable.array(), dtype)));
    }
    return this;
  }

  /** A copy of every parameter's values by its path. */
  async stateDict(): Promise<Map<string, HostArray>> {
    const state = new Map<string, HostArray>();
    for (const [name, variable] of this.namedParameters()) state.set(name, await variable.array());
    return state;
  }

  /**
   * Puts saved values into the parameters; all of them fit, or nothing changes.
   *
   * @param options strict (default): names must be the same on both sides
   * @throws E_WEIGHT_MISMATCH listing missing and unexpected names and every shape that differs, both ways
   */
  loadStateDict(
    state: ReadonlyMap<string, HostArray> | Readonly<Record<string, HostArray>>,
    { strict = true }: { readonly strict?: boolean } = {},
  ): LoadReport {
    const saved = state instanceof Map ? state : new Map<string, HostArray>(Object.entries(state));
    const own = this.namedParameters();
    const missing = [...own.keys()].filter((name) => !saved.has(name));
    const unexpected = [...saved.keys()].filter((name) => !own.has(name));
    const wrong = [...own].filter(
      ([name, p]) => saved.has(name) && !sameShape(saved.get(name)!.shape, p.shape),
    );
    if (wrong.length > 0 || (strict && missing.length + unexpected.length > 0)) {
      const shapes = wrong.map(
        ([name, p]) => `${name} is [${p.shape.join(", ")}], saved as [${saved.get(name)!.shape.join(", ")}]`,
      );
      throw mismatch({ missing: strict ? missing : [], unexpected: strict ? unexpected : [], shapes });
    }
    for (const [name, variable] of own) {
      const array = saved.get(name);
      if (array) variable.load(new HostStorage(ownCopy(array, variable)));
    }
    return { missing, unexpected };
  }

  /**
   * Puts another module in the place of a part, made from the part that is there: an adapter around a layer, a
   * quantized one.
   *
   * @throws E_CONFIG when there is no part of that path
   * @example
   * const mlp = new SwiGLU(new Scope("mlp", 1), { width: 4, hidden: 6 });
   * mlp.replace("up", (up) => new Sequential([up as Linear, silu])).paramCount // 72
   */
  replace(path: string, make: (part: Module) => Module): this {
    const modules = this.modules();
    const part = path === "" ? undefined : modules.get(path);
    if (!part) throw unknownPart(path, [...modules.keys()].filter(Boolean));
    const owner = [...modules.values()].find((module) => [...module.children().values()].includes(part))!;
    const [name] = [...owner.children()].find(([, child]) => child === part)!;
    const [property, index] = name.split(".");
    const place = index === undefined ? owner : (Reflect.get(owner, property) as object);
    Reflect.set(place, index ?? property, make(part));
    return this;
  }

  /** A table of parameters by name: shape, count, whether they train. Shown by a notebook as it is. */
  describe(): ModuleSummary {
    return new ModuleSummary(this.constructor.name, this.namedParameters());
  }

  [Symbol.for("gradlab.display")](): Record<string, string> {
    return this.describe().bundle();
  }

  /** Parameters that are this module's own, by name. */
  protected ownParameters(): [string, Variable][] {
    return this.#parts().filter((part): part is [string, Variable] => part[1] instanceof Variable);
  }

  #setTrainable(pattern: NamePattern, trainable: boolean): this {
    const chosen = [...this.namedParameters()].filter(([name]) => matches(name, pattern));
    if (chosen.length === 0) throw unknownPart(String(pattern), [...this.namedParameters().keys()]);
    for (const [, variable] of chosen) variable.trainable = trainable;
    return this;
  }

  #parts(): [string, Part][] {
    return Object.entries(this).flatMap(([name, value]: [string, unknown]): [string, Part][] => {
      if (isPart(value)) return [[name, value]];
      if (!Array.isArray(value)) return [];
      return value.flatMap((item: unknown, i): [string, Part][] =>
        isPart(item) ? [[`${name}.${i}`, item]] : [],
      );
    });
  }
}

const isPart = (value: unknown): value is Part => value instanceof Variable || value instanceof Module;

const joined = (path: string, name: string): string => (path === "" ? name : `${path}.${name}`);

export const matches = (name: string, pattern: NamePattern): boolean =>
  typeof pattern === "string" ? name.startsWith(pattern) : name.search(pattern) >= 0;

/** Values of the parameter's dtype in memory of its own, since updates happen in place. */
function ownCopy(array: HostArray, { dtype }: Variable): HostArray {
  const cast = castArray(array, dtype);
  return cast === array ? { ...array, data: array.data.slice() } : cast;
}

const LISTED = 8;

function mismatch(
  lists: Readonly<Record<"missing" | "unexpected" | "shapes", readonly string[]>>,
): GradlabError {
  const part = (title: string, names: readonly string[]): string[] => {
    const more = names.length > LISTED ? ` and ${names.length - LISTED} more` : "";
    return names.length > 0 ? [`${title}: ${names.slice(0, LISTED).join("; ")}${more}`] : [];
  };
  const { missing, unexpected, shapes } = lists;
  const said = [
    ...part("missing", missing),
    ...part("unexpected", unexpected),
    ...part("other shapes", shapes),
  ];
  return new GradlabError("E_WEIGHT_MISMATCH", `The state does not fit the module; ${said.join(". ")}.`, {
    hint: "Load with { strict: false } to ignore names that one side lacks; shapes must always agree.",
    details: lists,
  });
}

function unknownPart(path: string, known: readonly string[]): GradlabError {
  const near = nearestName(path, known);
  return new GradlabError("E_CONFIG", `The module has no part ${JSON.stringify(path)}.`, {
    hint: `${near ? `Did you mean "${near}"? ` : ""}It has ${known.slice(0, LISTED).join(", ")}${known.length > LISTED ? ", …" : ""}.`,
  });
}
