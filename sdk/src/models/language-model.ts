import { GradlabError } from "../errors.js";
import { specText, Tensor, Variable } from "../graph/index.js";
import { balanceLoss, ModuleSummary, type Linear, type TokenRouting } from "../nn/index.js";
import { ids as idTensor, reshape } from "../ops/index.js";
import type { Tokenizer } from "../text/index.js";
import type { Architecture, ModelConfig, Network, Observe } from "./architecture.js";
import { countPositions } from "./attend.js";
import { generate, type GenerateOptions, type Generation, type Prompt } from "./generate.js";
import { mixAll } from "./mix.js";

export interface LanguageModelParts {
  /** A name for reports: the folder's, or the shipped model's. */
  readonly id: string;
  readonly architecture: Architecture;
  readonly config: ModelConfig;
  readonly parameters: ReadonlyMap<string, Variable>;
  readonly tokenizer?: Tokenizer;
}

/** A causal language model: token ids in, next-token logits out. */
export class LanguageModel {
  readonly id: string;
  readonly architecture: Architecture;
  readonly config: ModelConfig;
  readonly parameters: ReadonlyMap<string, Variable>;
  readonly tokenizer: Tokenizer | undefined;
  readonly network: Network;

  constructor({ id, architecture, config, parameters, tokenizer }: LanguageModelParts) {
    this.id = id;
    this.architecture = architecture;
    this.config = config;
    this.parameters = parameters;
    this.tokenizer = tokenizer;
    this.network = architecture.build(config, parameters);
  }

  /** What this model was made of: spread it to make a variant that shares parameters. */
  parts(): LanguageModelParts {
    const { id, architecture, config, parameters, tokenizer } = this;
    return { id, architecture, config, parameters, ...(tokenizer ? { tokenizer } : {}) };
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

  /**
   * A table of parameters and adapters: name, shape, count, whether they train; beside adapters the rest does not. Shown
   * by a notebook as it is.
   */
  describe(): ModuleSummary {
    const adapters = [...this.linears.values()].flatMap(({ delta }) => (delta ? [delta.a, delta.b] : []));
    const own = [...this.parameters].map(([name, { shape, dtype, trainable }]) => {
      return [name, { shape, dtype, trainable: trainable && adapters.length === 0 }] as const;
    });
    return new ModuleSummary(this.id, new Map([...own, ...adapters.map((p) => [p.name, p] as const)]));
  }

  [Symbol.for("gradlab.display")](): Record<string, string> {
    return this.describe().bundle();
  }

  linearNames(): string[] {
    return [...this.linears.keys()];
  }

  /**
   * Next-token logits for every position.
   *
   * @param ids int32 [B, T], or rows of equal length
   * @returns   lazy [B, T, V]
   * @throws E_SHAPE for another rank or dtype, or more positions than the model has
   */
  forward(ids: Tensor | readonly (readonly number[])[]): Tensor {
    const input = ids instanceof Tensor ? ids : idTensor(ids);
    const [batch, time] = this.#check(input);
    const rows = this.#rows(input, batch, time);
    return reshape(this.network.head(rows), [batch, time, this.config.vocabSize]);
  }

  /**
   * The loss of each position's target: −ln p(target), nats.
   *
   * @param ids     int32 [B, T]
   * @param targets int32 [B, T]: what should follow each position
   * @returns lazy [B·T]
   * @throws E_SHAPE
   */
  losses(ids: Tensor, targets: Tensor): Tensor {
    const [batch, time] = this.#check(ids);
    return this.network.losses(this.#rows(ids, batch, time), reshape(targets, [batch * time]));
  }

  /**
   * Losses as of `losses`, and the load-balancing loss of the routers of a model with experts (Mixtral). Train on
   * `add(mean(losses), mul(balanceLoss, factor))`; the factor is `config.routerAuxLossCoef`.
   *
   * @returns lazy losses [B·T] and balanceLoss [], `num_experts_per_tok` where tokens spread evenly
   * @throws E_SHAPE; E_UNSUPPORTED_ARCH for a model without experts
   */
  routed(ids: Tensor, targets: Tensor): { readonly losses: Tensor; readonly balanceLoss: Tensor } {
    const [batch, time] = this.#check(ids);
    const routings: TokenRouting[] = [];
    const rows = this.#rows(ids, batch, time, (routing) => routings.push(routing));
    if (routings.length === 0) {
      throw new GradlabError("E_UNSUPPORTED_ARCH", `${this.id} has no experts that tokens are routed to.`, {
        hint: "Use losses(ids, targets).",
      });
    }
    const losses = this.network.losses(rows, reshape(targets, [batch * time]));
    return { losses, balanceLoss: balanceLoss(routings) };
  }

  /** The last block's output, before the final norm. @returns lazy [B·T, D] */
  hidden(ids: Tensor): Tensor {
    const [batch, time] = this.#check(ids);
    return this.#rows(ids, batch, time);
  }

  /**
   * Continues a prompt with the model's own tokens.
   *
   * @throws E_TOKENIZER for a text prompt without a tokenizer
   * @example (await model.generate("violin :", { maxNewTokens: 20 })).text
   */
  generate(prompt: Prompt, options: GenerateOptions = {}): Promise<Generation> {
    return generate(this, prompt, options);
  }

  #rows(ids: Tensor, batch: number, time: number, observe?: Observe): Tensor {
    const positions = countPositions(batch, time);
    const embedded = reshape(this.network.embed(ids, positions), [batch * time, this.config.width]);
    return this.network.blocks.reduce((x, block) => {
      return block.forward(x, (h) => mixAll(block.mixer, this.network, h, positions), observe);
    }, embedded);
  }

  #check(ids: Tensor): readonly [number, number] {
    const [batch, time] = ids.shape;
    if (ids.rank !== 2 || ids.dtype !== "int32") {
      throw new GradlabError("E_SHAPE", `forward needs token ids int32[B, T], got ${specText(ids)}.`);
    }
    if (time > this.config.maxPositions) {
      throw new GradlabError(
        "E_SHAPE",
        `${time} tokens are more than the ${this.config.maxPositions} positions ${this.id} was made for.`,
        { hint: "Shorten the text, or split it." },
      );
    }
    return [batch, time];
  }
}
