import { GradlabError } from "../errors.js";
import { Variable } from "../graph/index.js";
import { initialize, type Embedding, type Linear } from "../nn/index.js";
import type { TextTokenizer } from "../text/index.js";
import type { ConfigJson, ParameterSpec } from "./architecture.js";
import { Layers } from "./layers.js";

/** What every config tells. */
export interface PretrainedConfig {
  readonly modelType: string;
  /** config.json as it was read, kept so that saving loses nothing. */
  readonly json: ConfigJson;
}

/** What every network of layers tells. */
export interface AssembledNetwork {
  /** The token table, where there is one. */
  readonly embedding?: Embedding;
}

/** One family of checkpoints: how its config reads and which layers it has. */
export interface Family<C extends PretrainedConfig, N extends AssembledNetwork> {
  /** `model_type` values in config.json. */
  readonly modelTypes: readonly string[];
  /** @throws E_UNSUPPORTED_ARCH naming the field that asks for more than is built */
  parse(json: ConfigJson, file: string): C;
  /** Declares every parameter and puts the layers together. */
  assemble(layers: Layers, config: C): N;
  /** Other names that checkpoints have for a parameter. */
  storedNames?(name: string): readonly string[];
  /** Whether a parameter may start afresh where the checkpoint has none: those of a new head. */
  isHead?(name: string): boolean;
}

export interface PretrainedParts<C extends PretrainedConfig, N extends AssembledNetwork> {
  /** A name for reports: the folder's. */
  readonly id: string;
  readonly family: Family<C, N>;
  readonly config: C;
  readonly parameters: ReadonlyMap<string, Variable>;
  readonly tokenizer?: TextTokenizer;
  /** Why there is no tokenizer. */
  readonly tokenizerProblem?: GradlabError;
  readonly files?: ReadonlyMap<string, Uint8Array>;
  readonly initialized?: readonly string[];
  readonly unused?: readonly string[];
}

/** What models other than causal language models share: parameters by checkpoint name, layers, files beside them. */
export abstract class PretrainedModel<C extends PretrainedConfig, N extends AssembledNetwork> {
  readonly id: string;
  readonly config: C;
  readonly parameters: ReadonlyMap<string, Variable>;
  readonly tokenizer: TextTokenizer | undefined;
  /** Files that lay beside the weights (preprocessor_config.json, vocab.txt, …), kept as they were. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Parameters that the checkpoint did not have and that started afresh, such as those of a new head. */
  readonly initialized: readonly string[];
  /** Tensors of the checkpoint that this model has no use for; saving leaves them out. */
  readonly unused: readonly string[];
  readonly network: N & { readonly linears: ReadonlyMap<string, Linear> };
  readonly #tokenizerProblem: GradlabError | undefined;

  constructor(parts: PretrainedParts<C, N>) {
    const { id, family, config, parameters } = parts;
    this.id = id;
    this.config = config;
    this.parameters = parameters;
    this.tokenizer = parts.tokenizer;
    this.#tokenizerProblem = parts.tokenizerProblem;
    this.files = parts.files ?? new Map();
    this.initialized = parts.initialized ?? [];
    this.unused = parts.unused ?? [];
    const layers = new Layers(parameters);
    this.network = { ...family.assemble(layers, config), linears: layers.linears };
  }

  get paramCount(): number {
    return [...this.parameters.values()].reduce(
      (sum, p) => sum + p.shape.reduce((size, dim) => size * dim, 1),
      0,
    );
  }

  /** The linear layers by name: where adapters and quantizers attach. */
  get linears(): ReadonlyMap<string, Linear> {
    return this.network.linears;
  }

  linearNames(): string[] {
    return [...this.linears.keys()];
  }

  /** @throws E_TOKENIZER where the folder has none, or one that cannot be followed exactly: then that reason */
  requireTokenizer(): TextTokenizer {
    if (this.tokenizer) return this.tokenizer;
    throw (
      this.#tokenizerProblem ??
      new GradlabError("E_TOKENIZER", `${this.id} has no tokenizer, so it cannot read text.`, {
        hint: "Put tokenizer.json beside the weights, or give token ids.",
      })
    );
  }
}

/** The parameters a config asks for. */
export function specsOf<C extends PretrainedConfig, N extends AssembledNetwork>(
  family: Family<C, N>,
  config: C,
): readonly ParameterSpec[] {
  const layers = new Layers();
  family.assemble(layers, config);
  return layers.specs;
}

/** Fresh parameters, by the initialization of their specs. */
export function freshParameters(specs: readonly ParameterSpec[], seed: number): Map<string, Variable> {
  return new Map(
    specs.map(({ name, shape, init }) => [name, new Variable(initialize(name, shape, init, seed), name)]),
  );
}
