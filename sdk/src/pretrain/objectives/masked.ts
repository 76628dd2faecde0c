import type { Batch } from "../../data/index.js";
import { GradlabError } from "../../errors.js";
import { createEncoder, loadTokenizer } from "../../models/index.js";
import { add, arange, cast, gather, greaterEqual, mul, reshape, tokenLosses, topK } from "../../ops/index.js";
import { Random } from "../../tensor/index.js";
import type { TextTokenizer } from "../../text/index.js";
import type { MaskedObjective, PretrainRecipe } from "../recipe.js";
import type { Learner, Losses } from "./learner.js";

const UNASKED = -1;
const OWN_SPECIALS = ["[PAD]", "[CLS]", "[SEP]", "<pad>", "<s>", "</s>"];
/** Of ten chosen tokens eight are masked, one is replaced by another and one is left. */
const MASKED_OF_TEN = 8;
const REPLACED_OF_TEN = 9;

/**
 * The tokens that were hidden, from those on both sides: −ln p(x_t | the others), over a share of the positions, of which
 * 80 % read [MASK], 10 % some other token and 10 % themselves. Special tokens are not chosen. Only the chosen positions go
 * through the head.
 *
 * @throws E_TOKENIZER for a tokenizer without a mask token; E_CONFIG for a share that chooses nothing
 * @source Devlin et al. 2019, §3.1
 */
export async function maskedLearner(
  recipe: PretrainRecipe,
  { share = 0.15 }: MaskedObjective,
): Promise<Learner> {
  const { id, config, seed = 42, window } = recipe;
  const tokenizer = await loadTokenizer(recipe.tokenizer);
  const model = createEncoder(config, { seed, id, tokenizer, head: "masked-lm" });
  const { width, layers, vocabSize } = model.config;
  const chosen = Math.round(share * window);
  if (!(chosen >= 1 && chosen <= window))
    throw new GradlabError("E_CONFIG", `A share of ${share} chooses ${chosen} of ${window} tokens.`, {
      where: "objective.share",
      hint: "0.15 is BERT's.",
    });
  const { network } = model;
  const losses: Losses = (ids, targets) => {
    const [batch, time] = ids.shape;
    const asked = cast(greaterEqual(targets, 0), "float32");
    const { indices: places } = topK(asked, chosen);
    const rows = add(places, mul(reshape(arange(batch), [batch, 1]), time));
    const hidden = reshape(model.forward(ids).hidden, [batch * time, width]);
    const logits = reshape(network.logits!(gather(hidden, rows)), [batch * chosen, vocabSize]);
    const wanted = reshape(gather(reshape(targets, [batch * time]), rows), [batch * chosen]);
    return tokenLosses(logits, wanted);
  };
  const hide = hider(tokenizer, { chosen, seed });
  const table = vocabSize * width;
  return {
    model,
    tokenizer,
    losses,
    heldOut: losses,
    flopsPerToken: (length) =>
      6 * (model.paramCount - table) + (6 * table * chosen) / length + 12 * layers * width * length,
    prepare: (batch, stream) => hide(batch, stream),
    readsOn: false,
  };
}

function hider(
  tokenizer: TextTokenizer,
  { chosen, seed }: { readonly chosen: number; readonly seed: number },
): (batch: Batch, stream: number) => Batch {
  const mask = maskId(tokenizer);
  const special = specialIds(tokenizer);
  return ({ inputIds, batchSize, length, weights }, stream) => {
    const random = new Random(seed, stream);
    const shown = Int32Array.from(inputIds);
    const targets = new Int32Array(inputIds.length).fill(UNASKED);
    for (let row = 0; row < batchSize; row++) {
      const order = [...random.permutation(length)].map((at) => row * length + at);
      const words = order.filter((at) => !special.has(inputIds[at]));
      // a row of hardly any words is filled up, so that all rows ask for equally many
      const asked = [...words, ...order.filter((at) => special.has(inputIds[at]))].slice(0, chosen);
      for (const at of asked) {
        targets[at] = inputIds[at];
        const draw = random.integer(10);
        if (draw < MASKED_OF_TEN) shown[at] = mask;
        else if (draw < REPLACED_OF_TEN) shown[at] = random.integer(tokenizer.vocabSize);
      }
    }
    return { inputIds: shown, targets, batchSize, length, weights };
  };
}

/** @throws E_TOKENIZER */
function maskId(tokenizer: TextTokenizer): number {
  const { mask_token: named } = tokenizer.toConfig();
  const id = [named, "[MASK]", "<mask>"].flatMap((name) => (name ? [tokenizer.idOf(contentOf(name))] : []));
  const found = id.find((candidate) => candidate !== undefined);
  if (found !== undefined) return found;
  throw new GradlabError("E_TOKENIZER", "The tokenizer has no token [MASK] to hide others behind.", {
    hint: "trainWordPiece makes one; or name one as mask_token in tokenizer_config.json.",
  });
}

/** Those that a tokenizer_config.json names, and BERT's and RoBERTa's own. */
function specialIds(tokenizer: TextTokenizer): ReadonlySet<number> {
  const { bos_token, eos_token, pad_token, cls_token, sep_token } = tokenizer.toConfig();
  const named = [bos_token, eos_token, pad_token, cls_token, sep_token].flatMap((name) =>
    name ? [contentOf(name)] : [],
  );
  const ids = [...named, ...OWN_SPECIALS].map((name) => tokenizer.idOf(name));
  return new Set(ids.filter((id) => id !== undefined));
}

const contentOf = (name: string | { readonly content: string }): string =>
  typeof name === "string" ? name : name.content;
