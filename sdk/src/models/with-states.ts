import { GradlabError } from "../errors.js";
import { specText, type Tensor } from "../graph/index.js";
import { reshape } from "../ops/index.js";
import { sameShape } from "../tensor/index.js";
import { isRecurrence, type Recurrence } from "./architecture.js";
import { countPositions } from "./attend.js";
import type { LanguageModel } from "./language-model.js";
import { logitsOf } from "./with-past.js";

/** New tokens behind those that the states know. */
export interface StatesInput {
  /** int32 [B, T] */
  readonly ids: Tensor;
  /** The states of every block in turn, [B, …] each; zeros before a text. */
  readonly states: readonly Tensor[];
  /** Logits after every new token (default), or after the last one: [B, 1, V]. */
  readonly logits?: "all" | "last";
}

export interface StatesOutput {
  /** [B, T, V], or [B, 1, V] */
  readonly logits: Tensor;
  /** As `states`, after the new tokens. */
  readonly states: readonly Tensor[];
}

/**
 * Next-token logits of new tokens over recurrent states that are given and handed on, as a pure function of tensors:
 * what `forwardWithPast` is for models that attend. `Decoder` computes the same over states that it keeps.
 *
 * @returns lazy
 * @throws E_SHAPE for other states than `statesOf` names; E_CONFIG for a model with blocks that attend
 * @example
 * const before = statesOf(model).map(({ shape }) => zeros([1, ...shape]));
 * const { logits, states } = forwardWithStates(model, { ids: tensor([[1, 2]], { dtype: "int32" }), states: before });
 */
export function forwardWithStates(model: LanguageModel, input: StatesInput): StatesOutput {
  const { ids, states } = input;
  const { network, config } = model;
  const [batch, time] = ids.shape;
  const mixers = recurrencesOf(model);
  requireFit(mixers, batch, states);
  const after: Tensor[] = [];
  const positions = countPositions(batch, time);
  const embedded = reshape(network.embed(ids, positions), [batch * time, config.width]);
  const hidden = network.blocks.reduce((x, block, i) => {
    return block.forward(x, (h) => {
      const rows = reshape(h, [batch, time, h.shape[1]]);
      const step = mixers[i].run(rows, states.slice(after.length, after.length + mixers[i].states.length));
      after.push(...step.after);
      return reshape(step.y, [batch * time, step.y.shape[2]]);
    });
  }, embedded);
  return { logits: logitsOf(model, hidden, [batch, time], input.logits), states: after };
}

/** The states of every block in turn, named by kind and block: "conv.0", "ssm.0", … @throws E_CONFIG as above */
export function statesOf(
  model: LanguageModel,
): { readonly name: string; readonly shape: readonly number[] }[] {
  return recurrencesOf(model).flatMap(({ states }, block) =>
    states.map(({ name, shape }) => ({ name: `${name}.${block}`, shape })),
  );
}

/** Whether every block keeps a recurrent state. */
export const isRecurrent = ({ network }: LanguageModel): boolean =>
  network.blocks.every(({ mixer }) => isRecurrence(mixer));

function recurrencesOf({ id, config, network }: LanguageModel): Recurrence[] {
  return network.blocks.map(({ mixer }) => {
    if (isRecurrence(mixer)) return mixer;
    throw new GradlabError("E_CONFIG", `${id} (${config.modelType}) has blocks that attend.`, {
      hint: "forwardWithPast hands on keys and values; a model with both kinds of blocks has no such form.",
    });
  });
}

function requireFit(mixers: readonly Recurrence[], batch: number, given: readonly Tensor[]): void {
  const wanted = mixers.flatMap(({ states }) => states.map(({ shape }) => [batch, ...shape]));
  if (given.length === wanted.length && given.every(({ shape }, i) => sameShape(shape, wanted[i]))) return;
  const at = wanted.findIndex((shape, i) => !given[i] || !sameShape(given[i].shape, shape));
  const got = given[at] ? specText(given[at]) : `${given.length} states`;
  throw new GradlabError(
    "E_SHAPE",
    `The model has ${wanted.length} states for ${batch} rows; state ${at} is [${wanted[at]?.join(", ")}], got ${got}.`,
    { hint: "statesOf(model) names the shapes." },
  );
}
