import { join } from "node:path";
import {
  type CardScore,
  compile,
  hashWeights,
  type LanguageModel,
  loadModel,
  readConfigFile,
  type Tensor,
} from "gradlab";
import { agreementOf } from "./agreement.js";
import { ENGLISH_PROMPTS, type Measured } from "./base-card.js";
import { englishData, millions, notesIn, samplesOf, trainingOf } from "./cards.js";
import { checkLoss, type Described, languageModelKind, lastEvaluation, readLog } from "./kind.js";
import type { Publication } from "./publication.js";
import { bitsPerByteOf, openText, sumsOver } from "./text-score.js";

const DOMAINS = { general: "", medical: "-medical", legal: "-legal", finance: "-finance" };
/** Drafted tokens for each pass of the teacher, in the figure of tokens a pass. */
const DRAFTED = 4;

/** The two models on one held-out text, which both read from its windows' starts. */
interface Agreement {
  readonly tokens: number;
  readonly loss: number;
  readonly bitsPerByte: number;
  readonly teacherBitsPerByte: number;
  /** Share of positions where both expect the same token most. */
  readonly greedyAgreement: number;
  /** Mean of Σₓ min(p(x), q(x)): the chance that the teacher takes a token drawn by the draft. */
  readonly expectedAcceptance: number;
}

/** gradlab/draft-1m and its like: distilled, to draft for its teacher. */
export const draft = languageModelKind(
  {
    languages: ["en"],
    tags: ["llama", "speculative-decoding"],
    prompts: ENGLISH_PROMPTS,
  },
  describeDraft,
);

async function describeDraft(model: LanguageModel, parts: Publication): Promise<Described> {
  const { name, to, recipe } = parts;
  const last = await lastEvaluation(parts);
  const teacher = await loadModel((recipe["objective"] as { readonly teacher: string }).teacher);
  const trained = await teacherWeights(teacher, parts);
  const heldOut = await measure(model, teacher, parts);
  checkLoss(heldOut["general"].loss, last.heldOut["general"].loss);
  const own = join(to, String(recipe["tokenizer"]));
  const { bitsPerByteByCounting } = (await readConfigFile(join(own, "measured.json"))) as Measured;
  return {
    measured: { window: recipe["window"], teacher: teacher.id, teacherWeights: trained.hash, heldOut },
    summary: `A Llama of ${millions(model.paramCount)} million parameters, distilled by gradlab from ${teacher.id} (${millions(teacher.paramCount)} million), whose tokenizer it has: a draft model for speculative decoding, which proposes tokens that the larger model checks in one pass. gradlab itself does not decode speculatively; what is measured here is how often the two agree.`,
    usage: `import { loadModel } from "gradlab";\n\nconst draft = await loadModel("gradlab/${name}");\nconst teacher = await loadModel("${teacher.id}"); // the same tokenizer: ids of one mean the same to the other\nconst { ids } = await draft.generate("violin :", { maxNewTokens: ${DRAFTED} }); // what the teacher would check`,
    training: {
      ...trainingOf(parts, last.tokens),
      "teacher weights (hashWeights)": trained.text,
    },
    data: await englishData(join(own, "corpus.json"), parts),
    scores: Object.fromEntries(
      Object.entries(heldOut).map(([domain, agreement]) => [
        `held out: ${domain}`,
        scoresOf(agreement, teacher.id, bitsPerByteByCounting[domain]),
      ]),
    ),
    limits: [
      "It knows less than its teacher, which knows next to nothing.",
      `Agreement is over held-out text, in windows of ${String(recipe["window"])} tokens: at every position both read the text itself, not what they wrote.`,
      `Tokens a pass are worked out from the acceptance a, (1 − a^${DRAFTED + 1}) / (1 − a) for ${DRAFTED} drafted, as if positions were independent (Leviathan et al. 2023, eq. 1); no speculative decoding was run or timed.`,
      `What was held out, and how much of it the training set shares, is in models/${own.split("/").at(-1)}/corpus.json.`,
      ...(await notesIn(to)),
      ...(await samplesOf(model, ENGLISH_PROMPTS)),
    ],
  };
}

/** @throws an Error where the log names other weights than the teacher has now */
async function teacherWeights(
  teacher: LanguageModel,
  { from }: Publication,
): Promise<{ readonly hash: string; readonly text: string }> {
  const hash = (await hashWeights(teacher))!;
  const logged = (await readLog(from)).flatMap(({ teacherWeights: weights }) => weights ?? []);
  const other = logged.find((weights) => weights !== hash);
  if (other !== undefined)
    throw new Error(`Not published: it was trained by weights ${other}, ${teacher.id} has ${hash} now.`);
  return {
    hash,
    text: logged.length > 0 ? hash : `${hash}, of ${teacher.id} as it ships; the log does not say`,
  };
}

async function measure(
  draft: LanguageModel,
  teacher: LanguageModel,
  { to, recipe }: Publication,
): Promise<Record<string, Agreement>> {
  const program = compile((ids: Tensor, targets: Tensor) => agreementOf({ draft, teacher }, ids, targets));
  const { general } = recipe["heldOut"] as Record<string, string>;
  const measured: Record<string, Agreement> = {};
  for (const [domain, ending] of Object.entries(DOMAINS)) {
    const path = join(to, general.replace(/\.u16$/, `${ending}.u16`));
    const text = await openText(path, Number(recipe["window"]), draft.tokenizer!);
    const sums = await sumsOver(text.windows, program);
    const tokens = text.tokens.length - 1;
    measured[domain] = {
      tokens,
      loss: sums.nats / tokens,
      bitsPerByte: bitsPerByteOf(sums.nats, text),
      teacherBitsPerByte: bitsPerByteOf(sums.teacherNats, text),
      greedyAgreement: sums.agreed / tokens,
      expectedAcceptance: sums.accepted / tokens,
    };
  }
  return measured;
}

function scoresOf(measured: Agreement, teacher: string, counting: number): Record<string, CardScore> {
  const { tokens: n, loss, expectedAcceptance: accepted } = measured;
  return {
    perplexity: { value: Math.exp(loss), n },
    bits_per_byte: { value: measured.bitsPerByte, n },
    [`bits_per_byte of ${teacher} (same windows)`]: { value: measured.teacherBitsPerByte, n },
    "bits_per_byte of a 4-gram model (Kneser–Ney, same tokens)": { value: counting },
    "greedy agreement with the teacher": { value: measured.greedyAgreement, n },
    "expected acceptance, Σ min(p, q)": { value: accepted, n },
    [`expected tokens a pass of the teacher, ${DRAFTED} drafted`]: {
      value: (1 - accepted ** (DRAFTED + 1)) / (1 - accepted),
    },
  };
}
