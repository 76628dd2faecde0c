import { Variable } from "../graph/index.js";
import { LanguageModel, saveModel, type LanguageModelParts } from "../models/index.js";
import { reportMarkdown, type QuantReport } from "./report.js";

const REPORT_FILE = "quantization_report.json";

/** A model whose weights are in blocks, and what that cost. */
export class QuantizedModel extends LanguageModel {
  constructor(
    parts: LanguageModelParts,
    attach: (to: LanguageModel) => void,
    /** Sizes, speed, quality and the verdict of the gate. */
    readonly report: QuantReport,
  ) {
    super(parts);
    attach(this);
  }

  /**
   * Writes a folder that `loadModel` reads back to the same outputs: config.json with `quantization_config`,
   * model.safetensors with `<module>.packed` and `<module>.scales`, the tokenizer and the report. Atomic.
   *
   * @returns the folder
   */
  save(folder: string): Promise<string> {
    const report = `${JSON.stringify(this.report, null, 2)}\n`;
    return saveModel(this, folder, { extraFiles: { [REPORT_FILE]: report } });
  }

  /** A dense float32 model of the dequantized weights. */
  async dequantize(): Promise<LanguageModel> {
    const parameters = new Map<string, Variable>();
    for (const [name, { shape, dtype, data }] of await this.#dense()) {
      parameters.set(name, new Variable({ shape, dtype, data: data.slice() }, name));
    }
    const { quantization_config: _, ...json } = this.config.json;
    const { architecture, tokenizer } = this;
    return new LanguageModel({
      id: `${this.id}:dequantized`,
      architecture,
      config: architecture.parse(json, "config"),
      parameters,
      ...(tokenizer ? { tokenizer } : {}),
    });
  }

  /** What a notebook shows. */
  [Symbol.for("gradlab.display")](): Record<string, string> {
    const text = reportMarkdown(this.report);
    return { "text/markdown": text, "text/plain": text };
  }

  #dense(): Promise<[string, Awaited<ReturnType<Variable["array"]>>][]> {
    return Promise.all(
      [...this.parameters].map(
        async ([name, parameter]) =>
          [name, await parameter.array()] as [string, Awaited<ReturnType<Variable["array"]>>],
      ),
    );
  }
}
