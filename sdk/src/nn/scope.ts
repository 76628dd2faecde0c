import { Variable } from "../graph/index.js";
import type { Shape } from "../tensor/index.js";
import { initialize, type Init } from "./init.js";

/**
 * Where a new layer stands: the name its parameters begin with and the seed they are drawn from. Each parameter has
 * its own stream of the seed by its whole name, so that adding a layer does not change the others.
 *
 * @example
 * const root = new Scope("", 42);
 * new Linear(root.at("head"), { from: 4, to: 2 }).weight.name; // "head.weight"
 */
export class Scope {
  constructor(
    readonly name = "",
    readonly seed = 0,
  ) {}

  /** The scope of a part. */
  at(part: string | number): Scope {
    return new Scope(this.#path(String(part)), this.seed);
  }

  /** `count` parts of one name, numbered from 0. */
  list<T>(part: string, count: number, make: (scope: Scope, index: number) => T): T[] {
    return Array.from({ length: count }, (_, i) => make(this.at(part).at(i), i));
  }

  /** A fresh float32 parameter. */
  parameter(part: string, shape: Shape, init: Init): Variable {
    const name = this.#path(part);
    return new Variable(initialize(name, shape, init, this.seed), name);
  }

  #path(part: string): string {
    return this.name === "" ? part : `${this.name}.${part}`;
  }
}
