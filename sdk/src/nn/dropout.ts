import type { Tensor } from "../graph/index.js";
import { GradlabError } from "../errors.js";
import { dropout } from "../ops/index.js";
import { Module } from "./module.js";

/**
 * Dropout in training, nothing otherwise (`eval()`); see {@link dropout}. The random numbers come from a key that is
 * handed in, so that a run repeats bit by bit and a recomputed block sees the same mask.
 *
 * The mode is read when a function is traced: compile one for training and another for evaluation.
 *
 * @throws E_CONFIG for a rate outside [0, 1), and in training without a key
 * @example
 * const layer = new Dropout(0.5);
 * layer.forward(ones([2, 3]), randomKey(1)).shape; // [2, 3]
 * await layer.eval().forward(ones([2])).data(); // [1, 1]
 */
export class Dropout extends Module {
  constructor(readonly rate: number) {
    super();
    if (!(rate >= 0 && rate < 1)) {
      throw new GradlabError("E_CONFIG", `A dropout rate of ${rate} is outside [0, 1).`, { where: "rate" });
    }
  }

  /** @param key uint32[2], a new one for each layer and step: see foldIn */
  forward(x: Tensor, key?: Tensor): Tensor {
    if (!this.training || this.rate === 0) return x;
    if (key) return dropout(x, this.rate, key);
    throw new GradlabError("E_CONFIG", "Dropout needs a random key while the module trains.", {
      hint: "Pass { key: foldIn(randomKey(seed), step) }, or call eval() first.",
    });
  }
}
