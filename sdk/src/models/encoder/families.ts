import { ACTIVATIONS } from "../activations.js";
import type { Layers } from "../layers.js";
import type { Family } from "../pretrained.js";
import { parseBertConfig, parseDistilBertConfig, type EncoderConfig, type EncoderHead } from "./config.js";
import { deepClassifier, maskedLm, pooledClassifier, spanScorer, tokenClassifier } from "./heads.js";
import {
  assembleBody,
  assemblePooler,
  type EncoderNames,
  type EncoderNetwork,
  type HeadBuilder,
} from "./network.js";

export interface EncoderFamily extends Family<EncoderConfig, EncoderNetwork> {
  /** model_type → what Hugging Face's classes are named after: BertModel, BertForMaskedLM, … */
  readonly classNames: Readonly<Record<string, string>>;
}

interface FamilyParts extends Pick<EncoderFamily, "classNames" | "parse"> {
  readonly names: EncoderNames;
  readonly heads: Readonly<Record<Exclude<EncoderHead, "none">, HeadBuilder>>;
  /** Heads above which the pooler stands, "none" being the bare model. */
  readonly pooled: readonly EncoderHead[];
  /** Other names of parameters. */
  readonly variants?: readonly (readonly [RegExp, string])[];
}

function encoderFamily({ names, heads, pooled, variants = [], ...rest }: FamilyParts): EncoderFamily {
  const { prefix } = names;
  const assemble = (layers: Layers, config: EncoderConfig): EncoderNetwork => {
    const body = assembleBody(layers, config, names);
    const pool = pooled.includes(config.head)
      ? assemblePooler(layers, `${prefix}.pooler.dense`, config.width)
      : undefined;
    const parts = { layers, config, embedding: body.embedding, ...(pool ? { pool } : {}) };
    const logits = config.head === "none" ? undefined : heads[config.head](parts);
    return { ...body, ...(pool ? { pool } : {}), ...(logits ? { logits } : {}) };
  };
  return {
    ...rest,
    modelTypes: Object.keys(rest.classNames),
    assemble,
    // The bare model's checkpoint leaves out the prefix.
    storedNames: (name) =>
      [name, ...variants.map(([from, to]) => name.replace(from, to))].flatMap((other) => [
        other,
        other.replace(`${prefix}.`, ""),
      ]),
    isHead: (name) => !name.startsWith(`${prefix}.`) || name.startsWith(`${prefix}.pooler.`),
  };
}

const BERT_NAMES: EncoderNames = {
  prefix: "bert",
  layer: "encoder.layer",
  query: "attention.self.query",
  key: "attention.self.key",
  value: "attention.self.value",
  mixed: "attention.output.dense",
  mixedNorm: "attention.output.LayerNorm",
  up: "intermediate.dense",
  down: "output.dense",
  norm: "output.LayerNorm",
};

/**
 * BERT: learned positions and token types, attention both ways, layer norm behind each half.
 *
 * @source Devlin et al. 2019; names and layout as Hugging Face's BertModel and its heads
 */
export const bert = encoderFamily({
  classNames: { bert: "Bert" },
  parse: (json, file) => parseBertConfig(json, file, "bert"),
  names: BERT_NAMES,
  pooled: ["none", "sequence-classification"],
  heads: {
    "masked-lm": maskedLm({
      dense: "cls.predictions.transform.dense",
      norm: "cls.predictions.transform.LayerNorm",
      bias: "cls.predictions.bias",
    }),
    "sequence-classification": pooledClassifier,
    "token-classification": tokenClassifier,
    "question-answering": spanScorer,
  },
  variants: [
    // Checkpoints converted from TensorFlow.
    [/LayerNorm\.weight$/, "LayerNorm.gamma"],
    [/LayerNorm\.bias$/, "LayerNorm.beta"],
    [/predictions\.bias$/, "predictions.decoder.bias"],
  ],
});

/**
 * RoBERTa: BERT whose positions count from behind the padding id; also XLM-RoBERTa and CamemBERT.
 *
 * @source Liu et al. 2019; names and layout as Hugging Face's RobertaModel and its heads
 */
export const roberta = encoderFamily({
  classNames: { camembert: "Camembert", roberta: "Roberta", "xlm-roberta": "XLMRoberta" },
  parse: (json, file) => parseBertConfig(json, file, "roberta"),
  names: { ...BERT_NAMES, prefix: "roberta" },
  pooled: ["none"],
  heads: {
    "masked-lm": maskedLm({
      dense: "lm_head.dense",
      norm: "lm_head.layer_norm",
      bias: "lm_head.bias",
      activation: "gelu",
    }),
    "sequence-classification": deepClassifier("classifier.dense", "classifier.out_proj"),
    "token-classification": tokenClassifier,
    "question-answering": spanScorer,
  },
  variants: [[/lm_head\.bias$/, "lm_head.decoder.bias"]],
});

/**
 * DistilBERT: BERT with half the layers, no token types and no pooler.
 *
 * @source Sanh et al. 2019; names and layout as Hugging Face's DistilBertModel and its heads
 */
export const distilbert = encoderFamily({
  classNames: { distilbert: "DistilBert" },
  parse: parseDistilBertConfig,
  names: {
    prefix: "distilbert",
    layer: "transformer.layer",
    query: "attention.q_lin",
    key: "attention.k_lin",
    value: "attention.v_lin",
    mixed: "attention.out_lin",
    mixedNorm: "sa_layer_norm",
    up: "ffn.lin1",
    down: "ffn.lin2",
    norm: "output_layer_norm",
  },
  pooled: [],
  heads: {
    "masked-lm": maskedLm({
      dense: "vocab_transform",
      norm: "vocab_layer_norm",
      bias: "vocab_projector.bias",
    }),
    "sequence-classification": deepClassifier("pre_classifier", "classifier", ACTIVATIONS.relu),
    "token-classification": tokenClassifier,
    "question-answering": spanScorer,
  },
});

export const ENCODER_FAMILIES: readonly EncoderFamily[] = [bert, distilbert, roberta];
