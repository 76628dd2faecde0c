import { GradlabError } from "../errors.js";

/** Stretches rotary positions beyond the length a model was trained on, as `rope_scaling` in config.json asks. */
export type RotaryScaling =
  | {
      readonly type: "linear";
      /** New length over old. */
      readonly factor: number;
    }
  | {
      readonly type: "dynamic";
      readonly factor: number;
      /** Positions the model was trained on: `max_position_embeddings`. */
      readonly originalPositions: number;
    }
  | YarnScaling
  | Llama3Scaling;

export interface YarnScaling {
  readonly type: "yarn";
  readonly factor: number;
  readonly originalPositions: number;
  /** Channels that turn more often than this over the original length keep their frequency. Default 32. */
  readonly betaFast?: number;
  /** Channels that turn less often than this are interpolated. Default 1. */
  readonly betaSlow?: number;
  /** Factor of cos and sin. Default 0.1 ln(factor) + 1, or the ratio of that with both `mscale`s. */
  readonly attentionFactor?: number;
  readonly mscale?: number;
  readonly mscaleAllDim?: number;
  /** Whether the ramp starts and ends at whole channels. Default true. */
  readonly truncate?: boolean;
}

export interface Llama3Scaling {
  readonly type: "llama3";
  readonly factor: number;
  readonly originalPositions: number;
  /** Wavelengths above originalPositions / lowFreqFactor are stretched by the factor. */
  readonly lowFreqFactor: number;
  /** Wavelengths below originalPositions / highFreqFactor stay. */
  readonly highFreqFactor: number;
}

export interface RotaryFrequencies {
  /** Radians a position, one for each pair of channels. */
  readonly frequencies: readonly number[];
  /** Factor of cos and sin. */
  readonly amplitude: number;
}

/**
 * Angular frequencies fᵢ = theta^(−2i/width) of the pairs i = 0 … width/2 − 1, scaled:
 *
 * - linear: fᵢ / factor (Chen et al. 2023, position interpolation).
 * - dynamic: the base becomes theta · (factor · L / L₀ − factor + 1)^(width / (width − 2)), with L₀ the original
 *   positions and L = max(positions, L₀): NTK-aware scaling that leaves short inputs alone (as collected
 *   by Peng et al. 2023, §3.1 and appendix B.1).
 * - yarn: (1 − γᵢ) fᵢ / factor + γᵢ fᵢ, where γ falls linearly from 1 to 0 between the channels that turn
 *   betaFast and betaSlow times over the original positions; cos and sin are multiplied by the attention
 *   factor 0.1 ln(factor) + 1 (Peng et al. 2023, eqs. 16–22).
 * - llama3: with wavelengths λᵢ = 2π/fᵢ, fᵢ below λ = L₀ / highFreqFactor, fᵢ / factor above
 *   λ = L₀ / lowFreqFactor, and (1 − s) fᵢ / factor + s fᵢ between, where
 *   s = (L₀/λᵢ − lowFreqFactor) / (highFreqFactor − lowFreqFactor) (Llama team 2024, §3.2; reference code).
 *
 * @param positions rows of the table (dynamic scaling depends on them)
 * @source values: tests/golden/rotary.json
 * @example rotaryFrequencies(4, 8, 10000, { type: "linear", factor: 2 }).frequencies // [0.5, 0.005]
 */
export function rotaryFrequencies(
  width: number,
  positions: number,
  theta: number,
  scaling?: RotaryScaling,
): RotaryFrequencies {
  const powers = (base: number): number[] =>
    Array.from({ length: width / 2 }, (_, i) => base ** ((-2 * i) / width));
  const plain = powers(theta);
  switch (scaling?.type) {
    case undefined:
      return { frequencies: plain, amplitude: 1 };
    case "linear":
      return { frequencies: plain.map((f) => f / scaling.factor), amplitude: 1 };
    case "dynamic": {
      const stretch = Math.max(1, positions / scaling.originalPositions);
      const grown = (scaling.factor * stretch - scaling.factor + 1) ** (width / (width - 2));
      return { frequencies: powers(theta * grown), amplitude: 1 };
    }
    case "yarn":
      return { frequencies: yarn(plain, theta, scaling), amplitude: yarnAmplitude(scaling) };
    case "llama3":
      return { frequencies: plain.map((f) => llama3(f, scaling)), amplitude: 1 };
  }
}

function yarn(plain: readonly number[], theta: number, scaling: YarnScaling): number[] {
  const { factor, originalPositions, betaFast = 32, betaSlow = 1, truncate = true } = scaling;
  const width = 2 * plain.length;
  /** The channel that makes so many turns over the original positions. */
  const channelOf = (turns: number): number =>
    (width * Math.log(originalPositions / (turns * 2 * Math.PI))) / (2 * Math.log(theta));
  const [first, last] = [channelOf(betaFast), channelOf(betaSlow)];
  const low = Math.max(truncate ? Math.floor(first) : first, 0);
  const high = Math.min(truncate ? Math.ceil(last) : last, width - 1);
  // Equal ends would divide by zero; the reference code widens them so.
  const span = high === low ? 0.001 : high - low;
  return plain.map((f, i) => {
    const ramp = Math.min(1, Math.max(0, (i - low) / span));
    return (ramp * f) / factor + (1 - ramp) * f;
  });
}

function yarnAmplitude({ factor, attentionFactor, mscale, mscaleAllDim }: YarnScaling): number {
  const growth = (scale: number): number => (factor <= 1 ? 1 : 0.1 * scale * Math.log(factor) + 1);
  if (attentionFactor !== undefined) return attentionFactor;
  return mscale && mscaleAllDim ? growth(mscale) / growth(mscaleAllDim) : growth(1);
}

function llama3(
  f: number,
  { factor, originalPositions, lowFreqFactor, highFreqFactor }: Llama3Scaling,
): number {
  const turns = (originalPositions * f) / (2 * Math.PI);
  if (turns > highFreqFactor) return f;
  if (turns < lowFreqFactor) return f / factor;
  const smooth = (turns - lowFreqFactor) / (highFreqFactor - lowFreqFactor);
  return ((1 - smooth) * f) / factor + smooth * f;
}

/**
 * The scaling a `rope_scaling` object of config.json describes; undefined for null and for kind "default".
 *
 * @param maxPositions `max_position_embeddings`: the original length where the object names none
 * @throws E_CONFIG for another kind, or a number that is missing or no number
 * @example readRotaryScaling({ rope_type: "linear", factor: 4 }, 2048) // { type: "linear", factor: 4 }
 */
export function readRotaryScaling(json: unknown, maxPositions: number): RotaryScaling | undefined {
  if (json === undefined || json === null) return undefined;
  const fields = json as Readonly<Record<string, unknown>>;
  const type = fields.rope_type ?? fields.type;
  const number = (name: string, absent?: number): number => {
    const value = fields[name] ?? absent;
    if (typeof value === "number") return value;
    throw new GradlabError("E_CONFIG", `rope_scaling of kind ${String(type)} needs the number ${name}.`);
  };
  const factor = (): number => number("factor");
  const originalPositions = number("original_max_position_embeddings", maxPositions);
  if (type === "default") return undefined;
  if (type === "linear") return { type, factor: factor() };
  // The growth of the base starts from the length in use, whatever length training began with.
  if (type === "dynamic") return { type, factor: factor(), originalPositions: maxPositions };
  if (type === "yarn") return readYarn(fields, { type, factor: factor(), originalPositions });
  if (type === "llama3") {
    const [lowFreqFactor, highFreqFactor] = ["low_freq_factor", "high_freq_factor"].map((name) =>
      number(name),
    );
    return { type, factor: factor(), originalPositions, lowFreqFactor, highFreqFactor };
  }
  throw new GradlabError("E_CONFIG", `rope_scaling of kind ${JSON.stringify(type)} is not known.`, {
    hint: "Known kinds: linear, dynamic, yarn, llama3.",
  });
}

function readYarn(fields: Readonly<Record<string, unknown>>, base: YarnScaling): YarnScaling {
  const names = {
    betaFast: "beta_fast",
    betaSlow: "beta_slow",
    attentionFactor: "attention_factor",
    mscale: "mscale",
    mscaleAllDim: "mscale_all_dim",
    truncate: "truncate",
  };
  const given = Object.entries(names).flatMap(([name, key]) =>
    fields[key] === undefined || fields[key] === null ? [] : [[name, fields[key]] as const],
  );
  return { ...base, ...Object.fromEntries(given) };
}
