import type { DatasetRef, ReadOptions } from "../data/index.js";
import { GradlabError } from "../errors.js";
import {
  checkNamed,
  NAMED_MODEL_OPTIONS,
  type ConfigJson,
  type LanguageModel,
  type NamedModelOptions,
} from "../models/index.js";
import { QUANT_METHODS, type QuantMethod } from "./methods/index.js";

/** An exact layer name, a name ending (`q_proj`), a name with `*`, or a pattern over full names. */
export type LayerPattern = string | RegExp;

/** What the result must satisfy to be accepted. */
export interface QualityGate {
  /** Perplexity on calibrationData may grow by this share: "1%", or 0.01. */
  readonly maxPerplexityIncrease?: `${number}%` | number;
  /** Mean KL(original ‖ quantized) of the next-token distributions on calibrationData, nats. */
  readonly maxMeanKL?: number;
  /** Weights must shrink at least this many times, against float32. */
  readonly minCompression?: number;
  /** "throw" (default) refuses the result and writes nothing; "warn" keeps it, with the verdict in the report. */
  readonly onFail?: "throw" | "warn";
}

export interface BlockOptions {
  /** Layers left in float32. */
  readonly skip?: readonly LayerPattern[];
  /** Only these layers. Default: all. */
  readonly include?: readonly LayerPattern[];
  /** Weights that share a scale: a power of two from 16 to 256. Default 32, for which results do not depend on batch mates. */
  readonly blockSize?: number;
  /** Quantize the token table, and the head tied to it, too (always at eight bits). Default true. */
  readonly embeddings?: boolean;
  /** config.json's content, for a file of weights without one beside it. */
  readonly config?: ConfigJson;
  /** Rows of calibrationData in one run. Default: by the size of the logits. */
  readonly batchSize?: number;
  /** Renames calibrationData's fields. */
  readonly fields?: ReadOptions["fields"];
}

export interface QuantizerOptions extends NamedModelOptions {
  /**
   * A model folder, the id of a shipped model, a file of weights (.safetensors, .pt) with config.json beside it,
   * or a live model (which is left unchanged).
   */
  readonly modelPath: string | LanguageModel;
  /** Default "dynamic_int8". */
  readonly method?: QuantMethod;
  /**
   * Rows on which the original and the result are compared: perplexity, divergence, agreement. No method here
   * needs data to find its scales; without data quality is not measured, and the report says so.
   */
  readonly calibrationData?: DatasetRef;
  /** Where to write the result. Default: nowhere; `result.save(folder)` writes it later. */
  readonly outputPath?: string;
  readonly accept?: QualityGate;
  readonly options?: BlockOptions;
  /** Recorded in the report. Default 42. */
  readonly seed?: number;
}

const KNOWN = [
  "modelPath",
  "method",
  "calibrationData",
  "outputPath",
  "accept",
  "options",
  "seed",
  ...NAMED_MODEL_OPTIONS,
];
const BLOCK_SIZES = [16, 32, 64, 128, 256];

/** @throws E_CONFIG naming the option, its value and what is allowed */
export function checkOptions(options: QuantizerOptions): void {
  const refuse = (sentence: string, hint: string): never => {
    throw new GradlabError("E_CONFIG", sentence, { hint });
  };
  const unknown = Object.keys(options).find((name) => !KNOWN.includes(name));
  if (unknown !== undefined) refuse(`Quantizer has no option "${unknown}".`, `Options: ${KNOWN.join(", ")}.`);
  const { modelPath, method = "dynamic_int8", options: blocks = {}, accept = {} } = options;
  if (!modelPath)
    refuse("Quantizer needs modelPath.", "Give a model folder, a file of weights or a live model.");
  checkNamed(options);
  if (!Object.hasOwn(QUANT_METHODS, method)) {
    refuse(`There is no method "${String(method)}".`, `Methods: ${Object.keys(QUANT_METHODS).join(", ")}.`);
  }
  if (!BLOCK_SIZES.includes(blocks.blockSize ?? 32)) {
    refuse(`blockSize ${blocks.blockSize} is not possible.`, `Choose one of ${BLOCK_SIZES.join(", ")}.`);
  }
  checkGate(accept, options.calibrationData !== undefined, refuse);
}

function checkGate(
  gate: QualityGate,
  hasData: boolean,
  refuse: (sentence: string, hint: string) => never,
): void {
  const { maxPerplexityIncrease, maxMeanKL, minCompression, onFail = "throw" } = gate;
  const share = maxPerplexityIncrease === undefined ? undefined : shareOf(maxPerplexityIncrease);
  for (const [name, value] of Object.entries({ maxPerplexityIncrease: share, maxMeanKL, minCompression })) {
    if (value !== undefined && !(value >= 0)) {
      refuse(`accept.${name} is not a number ≥ 0.`, 'Give a number, or a percentage such as "1%".');
    }
  }
  if (onFail !== "throw" && onFail !== "warn")
    refuse(`accept.onFail "${String(onFail)}" is unknown.`, "throw or warn.");
  if (!hasData && (share !== undefined || maxMeanKL !== undefined)) {
    refuse("accept asks for a quality that cannot be measured without data.", "Give calibrationData.");
  }
}

/** "1%" → 0.01; numbers are shares already. */
export const shareOf = (value: `${number}%` | number): number =>
  typeof value === "number" ? value : value.endsWith("%") ? Number(value.slice(0, -1)) / 100 : NaN;
