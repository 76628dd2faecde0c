import {
  type Batch,
  BatchLoader,
  type BatchLoaderState,
  type PackedTokens,
  type TokenArray,
} from "../data/index.js";
import { GradlabError } from "../errors.js";

/** Where a mixture stands: plain JSON, to be kept with a checkpoint. */
export interface MixtureState {
  readonly loaders: Readonly<Record<string, BatchLoaderState>>;
  readonly credits: Readonly<Record<string, number>>;
}

/**
 * Batches whose rows are windows of several token files, in given proportions: row by row the source that is furthest
 * behind its share is next, so that every stretch of the run has the mix asked for. Each source is gone through in a
 * seeded order, epoch after epoch. Stops and resumes exactly.
 *
 * @throws E_CONFIG for a source that is not there; E_CHECKPOINT_MISMATCH for the state of other data
 * @example
 * const mixture = new Mixture({ text: packTokens(tokens, 256), code: packTokens(tokens.subarray(9000), 256) }, 42);
 * mixture.next(12, { text: 3, code: 1 }) // a Batch of 9 rows of text and 3 of code
 */
export class Mixture {
  readonly #sources: Readonly<Record<string, PackedTokens>>;
  readonly #loaders: Record<string, BatchLoader<TokenArray>>;
  readonly #credits: Record<string, number>;

  constructor(sources: Readonly<Record<string, PackedTokens>>, seed: number, state?: MixtureState) {
    this.#sources = sources;
    const names = Object.keys(sources);
    this.#loaders = Object.fromEntries(
      names.map((name) => {
        const saved = state?.loaders[name];
        if (state && !saved)
          throw new GradlabError(
            "E_CHECKPOINT_MISMATCH",
            `The checkpoint was made without the data "${name}".`,
          );
        return [
          name,
          saved
            ? BatchLoader.fromState(sources[name], saved)
            : new BatchLoader(sources[name], { batchSize: 1, seed }),
        ];
      }),
    );
    this.#credits = Object.fromEntries(names.map((name) => [name, state?.credits[name] ?? 0]));
  }

  /** How often each source was gone through, by name. */
  get epochs(): Readonly<Record<string, number>> {
    return Object.fromEntries(
      Object.entries(this.#loaders).map(([name, loader]) => [name, epochsOf(loader)]),
    );
  }

  state(): MixtureState {
    const loaders = Object.entries(this.#loaders).map(([name, loader]) => [name, loader.state()] as const);
    return { loaders: Object.fromEntries(loaders), credits: { ...this.#credits } };
  }

  /** The next `rows` windows, mixed by weight; rows of one source stand together. */
  next(rows: number, mix: Readonly<Record<string, number>>): Batch {
    const chosen = new Map<string, number[]>();
    for (let row = 0; row < rows; row++) {
      const name = this.#draw(mix);
      const { indices } = this.#loaders[name].next();
      chosen.set(name, [...(chosen.get(name) ?? []), indices[0]]);
    }
    return join([...chosen].map(([name, indices]) => this.#sources[name].batch(indices)));
  }

  #draw(mix: Readonly<Record<string, number>>): string {
    const total = Object.values(mix).reduce((sum, weight) => sum + weight, 0);
    let best: string | undefined;
    for (const [name, weight] of Object.entries(mix)) {
      if (!(name in this.#credits))
        throw new GradlabError("E_CONFIG", `There is no data "${name}" to mix in.`, { where: "mix" });
      this.#credits[name] += weight / total;
      if (weight > 0 && (best === undefined || this.#credits[name] > this.#credits[best] + 1e-9)) best = name;
    }
    if (best === undefined)
      throw new GradlabError("E_CONFIG", "The mix has no weight above 0.", { where: "mix" });
    this.#credits[best] -= 1;
    return best;
  }
}

function epochsOf(loader: BatchLoader<TokenArray>): number {
  const { epoch, step } = loader.state();
  return epoch + step / loader.stepsPerEpoch;
}

function join(batches: readonly Batch[]): Batch {
  if (batches.length === 1) return batches[0];
  const { length } = batches[0];
  const batchSize = batches.reduce((sum, batch) => sum + batch.batchSize, 0);
  const inputIds = new Int32Array(batchSize * length);
  const targets = new Int32Array(batchSize * length);
  const weights = new Float32Array(batchSize * length);
  let at = 0;
  for (const batch of batches) {
    inputIds.set(batch.inputIds, at);
    targets.set(batch.targets, at);
    weights.set(batch.weights, at);
    at += batch.batchSize * length;
  }
  return { inputIds, targets, weights, batchSize, length };
}
