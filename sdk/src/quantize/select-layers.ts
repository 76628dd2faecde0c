import { GradlabError } from "../errors.js";
import { blockLayers, type BlockLayer, type LanguageModel } from "../models/index.js";
import { QUANT_METHODS, type BlockMethod, type QuantMethod } from "./methods/index.js";
import type { BlockOptions, LayerPattern } from "./options.js";

export interface ChosenLayer {
  readonly name: string;
  readonly layer: BlockLayer;
  readonly method: BlockMethod;
}

export interface KeptLayer {
  readonly name: string;
  readonly why: string;
}

export interface LayerChoice {
  readonly chosen: readonly ChosenLayer[];
  /** Layers that could be quantized and are not. */
  readonly kept: readonly KeptLayer[];
}

/**
 * Which layers a method changes, and how.
 *
 * @throws E_TARGET_MODULES for a pattern that fits no layer, or when no layer is left
 */
export function selectLayers(model: LanguageModel, method: QuantMethod, options: BlockOptions): LayerChoice {
  const layers = blockLayers(model);
  const { skip = [], include, embeddings = true } = options;
  for (const pattern of [...skip, ...(include ?? [])]) requireMatch(pattern, [...layers.keys()]);
  const chosen: ChosenLayer[] = [];
  const kept: KeptLayer[] = [];
  for (const [name, layer] of layers) {
    const table = isTable(model, layer);
    const why = skip.some((pattern) => fits(pattern, name))
      ? "skipped"
      : include && !include.some((pattern) => fits(pattern, name))
        ? "not included"
        : table && !embeddings
          ? "embeddings: false"
          : undefined;
    const recipe = QUANT_METHODS[method];
    if (why) kept.push({ name, why });
    else chosen.push({ name, layer, method: table ? recipe.table : recipe.linear });
  }
  if (chosen.length > 0) return { chosen, kept };
  throw new GradlabError("E_TARGET_MODULES", "No layer is left to quantize.", {
    hint: "Skip less, or include more.",
  });
}

/** The token table, and a head that is not tied to it. */
const isTable = ({ network, config, linears }: LanguageModel, layer: BlockLayer): boolean =>
  layer === network.embedding || (!config.tiedHead && layer === [...linears.values()].at(-1));

function fits(pattern: LayerPattern, name: string): boolean {
  if (pattern instanceof RegExp) return name.search(pattern) >= 0;
  if (!pattern.includes("*")) return name === pattern || name.endsWith(`.${pattern}`);
  const source = pattern.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${source.join(".*")}$`).test(name);
}

function requireMatch(pattern: LayerPattern, names: readonly string[]): void {
  if (names.some((name) => fits(pattern, name))) return;
  const endings = [...new Set(names.map((name) => name.split(".").at(-1)))];
  throw new GradlabError("E_TARGET_MODULES", `${String(pattern)} fits no layer of the model.`, {
    hint: `Layers end in ${endings.join(", ")}; the first is ${names[0]}.`,
    details: { names },
  });
}
