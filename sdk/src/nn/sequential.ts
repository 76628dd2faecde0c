import type { Tensor } from "../graph/index.js";
import { Module } from "./module.js";

/** A module from one tensor to one tensor. */
export type Layer = Module & { forward(x: Tensor): Tensor };

/** What stands between layers: a layer, or a function without parameters. */
export type Stage = Layer | ((x: Tensor) => Tensor);

/**
 * Layers and functions one after the other. Its parts are `layers.0`, `layers.1`, …, by their place among all stages.
 *
 * @example
 * const scope = new Scope("net", 1);
 * const net = new Sequential([
 *   new Linear(scope.at("0"), { from: 2, to: 3 }),
 *   silu,
 *   new Linear(scope.at("2"), { from: 3, to: 1 }),
 * ]);
 * net.forward(zeros([5, 2])).shape // [5, 1]
 */
export class Sequential extends Module {
  constructor(readonly layers: readonly Stage[]) {
    super();
  }

  forward(x: Tensor): Tensor {
    return this.layers.reduce((h, stage) => (stage instanceof Module ? stage.forward(h) : stage(h)), x);
  }
}
