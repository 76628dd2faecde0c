import type { Tensor } from "../../graph/index.js";
import { add, reshape, tanh } from "../../ops/index.js";
import { ACTIVATIONS, type ActivationName } from "../activations.js";
import { firstRow, type HeadBuilder } from "./network.js";

/** A layer applied to every token. @returns [B, T, out] */
const everyToken =
  (name: string, outputs: (labels: number) => number): HeadBuilder =>
  ({ layers, config }) => {
    const layer = layers.linear(name, config.width, outputs(config.labels.length));
    return (hidden) => layer.forward(hidden);
  };

/** Scores of the classes at every token. */
export const tokenClassifier = everyToken("classifier", (labels) => labels);

/** Scores of being an answer's first and last token. */
export const spanScorer = everyToken("qa_outputs", () => 2);

/** The names of a masked language model's head; the table of tokens is its last product. */
export interface MaskedLmNames {
  readonly dense: string;
  readonly norm: string;
  readonly bias: string;
  /** Default: the config's. */
  readonly activation?: ActivationName;
}

/** norm(act(dense(h))) Eᵀ + b, with E the token table. @returns [B, T, V] */
export const maskedLm =
  (names: MaskedLmNames): HeadBuilder =>
  ({ layers, config, embedding }) => {
    const { width, vocabSize, eps } = config;
    const dense = layers.linear(names.dense, width, width);
    const norm = layers.layerNorm(names.norm, width, eps);
    const bias = layers.parameter(names.bias, [vocabSize], { constant: 0 });
    const activate = ACTIVATIONS[names.activation ?? config.activation];
    return (hidden) => {
      const rows = reshape(hidden, [-1, width]);
      const scores = add(embedding.logits(norm(activate(dense.forward(rows)))), bias);
      return reshape(scores, [...hidden.shape.slice(0, 2), vocabSize]);
    };
  };

/** W · pool(h) + b. @returns [B, labels] */
export const pooledClassifier: HeadBuilder = ({ layers, config, pool }) => {
  const layer = layers.linear("classifier", config.width, config.labels.length);
  return (hidden) => layer.forward(pool!(hidden));
};

/** W₂ f(W₁ h₀ + b₁) + b₂ of the first token. @returns [B, labels] */
export const deepClassifier =
  (inner: string, outer: string, f: (x: Tensor) => Tensor = tanh): HeadBuilder =>
  ({ layers, config }) => {
    const first = layers.linear(inner, config.width, config.width);
    const second = layers.linear(outer, config.width, config.labels.length);
    return (hidden) => second.forward(f(first.forward(firstRow(hidden))));
  };
