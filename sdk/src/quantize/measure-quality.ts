import { prepareExamples } from "../data/index.js";
import { GradlabError } from "../errors.js";
import type { JobContext } from "../job/index.js";
import { documentLikelihoods, perplexityOf, type LanguageModel } from "../models/index.js";
import { measureAgreement } from "./measure-agreement.js";
import type { QuantEvent } from "./events.js";
import type { QuantizerOptions } from "./options.js";
import type { QualityReport } from "./report.js";

const NO_DATA = "no calibrationData was given.";

/**
 * Perplexity of both models, and how far their distributions are apart, on the tokens of calibrationData that
 * training would learn (completions, assistant turns, whole texts).
 *
 * @throws E_TOKENIZER when the model cannot read text; what `prepareExamples` throws
 */
export async function measureQuality(
  before: LanguageModel,
  after: LanguageModel,
  { calibrationData, options = {} }: QuantizerOptions,
  { emit, pausePoint }: Pick<JobContext<QuantEvent>, "emit" | "pausePoint">,
): Promise<QualityReport> {
  if (calibrationData === undefined) return { notMeasured: NO_DATA };
  if (!before.tokenizer) {
    throw new GradlabError(
      "E_TOKENIZER",
      `${before.id} has no tokenizer, so it cannot read calibrationData.`,
      {
        hint: "Put tokenizer.json beside the weights, or leave calibrationData out.",
      },
    );
  }
  const { batchSize, fields } = options;
  const { examples, counts } = await prepareExamples(
    calibrationData,
    before.tokenizer,
    fields ? { fields } : {},
  );
  if (counts.dropped > 0) {
    emit({
      type: "warning",
      code: "W_ROWS_DROPPED",
      message: `${counts.dropped} of ${counts.rows} rows have no token to predict.`,
      hint: "Remove empty rows.",
    });
  }
  const read = { onProgress: pausePoint, ...(batchSize === undefined ? {} : { batchSize }) };
  const score = async (model: LanguageModel, side: "before" | "after") => {
    const result = perplexityOf(await documentLikelihoods(model, examples, read));
    emit({ type: "measure", what: "perplexity", side, value: result.value });
    return result;
  };
  const perplexity = { before: await score(before, "before"), after: await score(after, "after") };
  const deltaPct = 100 * (perplexity.after.value / perplexity.before.value - 1);
  const { meanKL, top1, positions } = await measureAgreement(before, after, examples, read);
  emit({ type: "measure", what: "agreement", side: "after", value: top1 });
  return { perplexity: { ...perplexity, deltaPct }, meanKL, top1Agreement: top1, tokens: positions };
}
