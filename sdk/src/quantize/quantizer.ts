import { readJson } from "../artifacts/index.js";
import { GradlabError } from "../errors.js";
import { Job } from "../job/index.js";
import { isTransposed } from "../models/index.js";
import type { QuantEvent } from "./events.js";
import { checkOptions, type LayerPattern, type QualityGate, type QuantizerOptions } from "./options.js";
import type { LayerReport } from "./quantize-layers.js";
import type { QuantizedModel } from "./quantized-model.js";
import { weightBytes } from "./report.js";
import { openDense, quantize } from "./run.js";
import { selectLayers, type KeptLayer } from "./select-layers.js";

/** What `apply()` would do. */
export interface QuantPlan {
  readonly bytesBefore: number;
  readonly bytesAfter: number;
  readonly ratio: number;
  readonly layers: readonly Omit<LayerReport, "sqnrDb">[];
  readonly kept: readonly KeptLayer[];
  readonly needsCalibration: false;
  /** Bytes of weights held at the most: the original, the result and one layer in the making. */
  readonly peakMemory: number;
}

/**
 * Makes a model smaller by storing its weights as blocks of integers, and measures what that costs.
 *
 * @throws E_CONFIG for options that do not exist or do not fit together
 * @example
 * const quantized = await new Quantizer({ modelPath: "original_model.pt", method: "dynamic_int8", calibrationData: "sample_inputs.json" })
 *   .accept({ maxPerplexityIncrease: "1%" })
 *   .apply();
 * quantized.report.bytes.ratio; // 3.76
 */
export class Quantizer {
  #options: QuantizerOptions;

  constructor(options: QuantizerOptions) {
    checkOptions(options);
    this.#options = options;
  }

  /** From the object `toConfig` gives, or a JSON file that holds it. */
  static async fromConfig(config: string | object): Promise<Quantizer> {
    return new Quantizer((typeof config === "string" ? await readJson(config) : config) as QuantizerOptions);
  }

  /** The same object as plain JSON. @throws E_CONFIG when it holds a model, rows or patterns that live in memory only */
  toConfig(): object {
    const { modelPath, calibrationData, options = {} } = this.#options;
    const patterns = [...(options.skip ?? []), ...(options.include ?? [])];
    const inFiles = [modelPath, calibrationData ?? "", ...patterns].every(
      (value) => typeof value === "string",
    );
    if (inFiles) return structuredClone(this.#options);
    throw new GradlabError("E_CONFIG", "A model, rows or patterns in memory cannot be written to a config.", {
      hint: "Give paths, and layer names with * instead of patterns.",
    });
  }

  /** Leaves layers in float32, besides those skipped already. */
  skip(...layers: readonly LayerPattern[]): this {
    const { options = {} } = this.#options;
    return this.#set({ options: { ...options, skip: [...(options.skip ?? []), ...layers] } });
  }

  /** Adds conditions to what the result must satisfy. @throws E_CONFIG */
  accept(gate: QualityGate): this {
    return this.#set({ accept: { ...this.#options.accept, ...gate } });
  }

  /** What `apply()` would do, without doing it. @throws what `loadModel` throws; E_ALREADY_QUANTIZED; E_TARGET_MODULES */
  async plan(): Promise<QuantPlan> {
    const { method = "dynamic_int8", options = {} } = this.#options;
    const model = await openDense(this.#options);
    const { chosen, kept } = selectLayers(model, method, options);
    const layers = chosen.map(({ name, layer, method: { bits } }) => ({
      name,
      bits,
      shape: isTransposed(layer) ? [...layer.weight.shape].reverse() : layer.weight.shape,
    }));
    const { before, after, ratio } = weightBytes(model, layers, options.blockSize ?? 32);
    const largest = Math.max(...layers.map(({ shape: [a, b] }) => 4 * a * b));
    const sizes = { bytesBefore: before, bytesAfter: after, ratio, peakMemory: before + after + largest };
    return { ...sizes, layers, kept, needsCalibration: false };
  }

  /**
   * Quantizes, measures, checks the gate and, if `outputPath` is given, writes the folder.
   *
   * @throws (from `await`) what `loadModel` throws; E_ALREADY_QUANTIZED; E_TARGET_MODULES; E_QUALITY_GATE with the
   *   report in `details`, and nothing written; E_CANCELLED
   */
  apply(): Job<QuantizedModel, QuantEvent> {
    const options = this.#options;
    const { modelPath } = options;
    return new Job<QuantizedModel, QuantEvent>((context) => quantize(options, context), {
      kind: "quantize",
      name: typeof modelPath === "string" ? modelPath : modelPath.id,
    });
  }

  #set(change: Partial<QuantizerOptions>): this {
    const options = { ...this.#options, ...change };
    checkOptions(options);
    this.#options = options;
    return this;
  }
}
