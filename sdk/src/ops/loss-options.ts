import type { Tensor } from "../graph/index.js";
import { mean } from "./mean.js";
import { sum } from "./sum.js";

export interface LossOptions {
  /** What becomes of the losses of single elements (or rows). Default "mean". */
  readonly reduction?: "mean" | "sum" | "none";
}

/** A loss from the losses of its parts. */
export function reduceLosses(losses: Tensor, { reduction = "mean" }: LossOptions): Tensor {
  if (reduction === "none") return losses;
  return reduction === "sum" ? sum(losses) : mean(losses);
}
