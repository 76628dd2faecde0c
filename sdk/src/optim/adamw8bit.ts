import type { Tensor, Variable } from "../graph/index.js";
import { GradlabError } from "../errors.js";
import { mul, sqrt } from "../ops/index.js";
import { sizeOf } from "../tensor/index.js";
import { adamwRule, type AdamScalar, type AdamWOptions } from "./adamw.js";
import { blockSpecs, decodeBlocks, encodeBlocks } from "./block-state.js";
import { RuleOptimizer } from "./rule-optimizer.js";
import { defineRule, type UpdateRule } from "./update-rule.js";

export interface AdamW8bitOptions extends AdamWOptions {
  /** Elements that share a scale. Default 256. */
  readonly block?: number;
  /** Parameters with fewer elements keep 32-bit state. Default 4096. */
  readonly minSize?: number;
}

type Slot = "first" | "firstScale" | "second" | "secondScale";

/** AdamW's rule between decoding and encoding of its state. */
const blockRule = (options: AdamW8bitOptions, block: number): UpdateRule => {
  const adamw = adamwRule(options);
  return defineRule<Slot, AdamScalar>({
    slots: ({ shape }) => {
      const { codes, scales } = blockSpecs(shape, block);
      return { first: codes, firstScale: scales, second: codes, secondScale: scales };
    },
    scalars: (numbers) => adamw.scalars(numbers),
    next: ({ slots, ...rest }) => {
      const { shape } = rest.p;
      const first = decodeBlocks({ codes: slots.first, scales: slots.firstScale }, shape, "signed");
      const root = decodeBlocks({ codes: slots.second, scales: slots.secondScale }, shape, "unsigned");
      const next = adamw.next({ ...rest, slots: { first, second: mul(root, root) } });
      return { p: next.p, slots: encoded(next.slots, block) };
    },
  });
};

function encoded(
  { first, second }: Readonly<Record<"first" | "second", Tensor>>,
  block: number,
): Record<Slot, Tensor> {
  const m = encodeBlocks(first, block, "signed");
  // The root of the second moment has the first's range, so that no moment outlives its divisor.
  const r = encodeBlocks(sqrt(second), block, "unsigned");
  return { first: m.codes, firstScale: m.scales, second: r.codes, secondScale: r.scales };
}

/**
 * AdamW whose state lives in 8 bits between steps: m and √v as codes in blocks of 256 with a float32 scale each,
 * linear in the fourth root (see the guide on training). The update itself is computed in float32.
 *
 * State: 2 bytes a parameter and 8 a block, 2.03 in all; parameters below 4096 elements keep 8 bytes. It costs about
 * twice AdamW's passes. Default rate 1e-3, λ 0.01.
 *
 * @throws E_CONFIG for a block that is not a positive whole number
 * @source Dettmers et al. 2022, "8-bit optimizers via block-wise quantization", with another map of codes; values:
 *   tests/golden/optimizers.json
 * @example new AdamW8bit([w], { learningRate: 1e-3 }).memory().bytesPerParameter
 */
export class AdamW8bit extends RuleOptimizer {
  constructor(parameters: readonly Variable[], options: AdamW8bitOptions = {}) {
    const { block = 256, minSize = 4096 } = options;
    if (!Number.isInteger(block) || block < 1) {
      throw new GradlabError("E_CONFIG", `block must be a positive whole number, got ${block}.`, {
        where: "block",
      });
    }
    const small = adamwRule(options);
    const large = blockRule(options, block);
    super(parameters, ({ shape }) => (sizeOf(shape) < minSize ? small : large), {
      weightDecay: 0.01,
      ...options,
    });
  }
}
