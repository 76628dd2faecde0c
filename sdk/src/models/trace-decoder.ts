import { capture, placeholder, traceSymbolic, type Graph, type Tensor } from "../graph/index.js";
import { fuseLinears, type Linear } from "../nn/index.js";
import { cachedAttention, concat, equal, full, reshape, slice, where } from "../ops/index.js";
import type { Shape } from "../tensor/index.js";
import { isRecurrence, type Attention, type Recurrence } from "./architecture.js";
import { headsOf } from "./attend.js";
import { keptBy } from "./kept.js";
import type { LanguageModel } from "./language-model.js";
import { weightsOf } from "./weights.js";

/** Stand-ins for the two symbolic sizes while the graph is traced; no dimension of a model equals them. */
const STAND_INS = { batch: 999_983, steps: 999_979 };

/** Layers of queries, keys and values as one product each, where they allow it; made once for all traces. */
type Fused = Map<readonly Linear[], Linear | undefined>;

/**
 * One step of decoding for every batch size and number of new tokens. Inputs ids, positions, past, then what each
 * block keeps; outputs logits and the same after the step: keys and values in place, states as new arrays.
 */
export async function traceDecoder(model: LanguageModel, capacity: number): Promise<Graph> {
  const fused: Fused = new Map();
  const recurs = model.network.blocks.some(({ mixer }) => isRecurrence(mixer));
  // Attention over caches computes with the sizes themselves alone, which one trace tells; recurrences are arbitrary.
  if (!recurs) return traceAt(model, capacity, STAND_INS, fused);
  const { graph } = await traceSymbolic(Object.keys(STAND_INS), {}, (sizes) =>
    Promise.resolve({ graph: traceAt(model, capacity, { ...STAND_INS, ...sizes }, fused) }),
  );
  return graph;
}

function traceAt(model: LanguageModel, capacity: number, sizes: typeof STAND_INS, fused: Fused): Graph {
  const { config, network } = model;
  const { batch, steps } = sizes;
  const ids = placeholder([batch, steps], "int32");
  const positions = placeholder([batch, steps], "int32");
  const past = placeholder([batch], "int32");
  const keeps = keptBy(network, capacity);
  const kept = keeps.map(({ shape }) => placeholder([batch, ...shape]));
  const extended: Tensor[] = [];
  let x = network.embed(ids, positions);
  for (const block of network.blocks) {
    const { mixer } = block;
    x = block.forward(x, (h) => {
      const before = kept.slice(extended.length);
      const step = isRecurrence(mixer)
        ? recur(mixer, h, past, before)
        : attend(model, mixer, h, past, before, fused);
      extended.push(...step.after);
      return step.y;
    });
  }
  const last = slice(x, steps - 1, steps, 1);
  const logits = reshape(network.head(last), [batch, config.vocabSize]);
  const merged = [...fused.values()].flatMap((layer) =>
    layer ? [layer.weight, layer.bias, layer.blocks?.packed, layer.blocks?.scales] : [],
  );
  return capture([logits, ...extended], {
    inputs: [ids, positions, past, ...kept],
    constants: [...weightsOf(model), ...merged].filter((weight): weight is Tensor => weight !== undefined),
    overwrites: [undefined, ...kept.map((cache, i) => (keeps[i].grows ? cache : undefined))],
    symbols: sizes,
  });
}

type Step = ReturnType<Recurrence["run"]>;

/** A slot may hold the states of a text that ended: one that begins starts from 0. */
function recur(mixer: Recurrence, x: Tensor, past: Tensor, kept: readonly Tensor[]): Step {
  const before = mixer.states.map(({ shape }, i) => {
    const begins = reshape(equal(past, 0), [x.shape[0], ...shape.map(() => 1)]);
    return where(begins, full([], 0), kept[i]);
  });
  return mixer.run(x, before);
}

function attend(
  { network: { rotary } }: LanguageModel,
  layer: Attention,
  x: Tensor,
  past: Tensor,
  [keys, values]: readonly Tensor[],
  fused: Fused,
): Step {
  const { heads, groups, headWidth, window } = layer;
  const qkv = normalizeRows(layer, project(layer.projections, x, fused));
  const next = cachedAttention(
    { qkv, keys, values, past, ...(rotary ? { rotary } : {}) },
    { heads, groups, scale: 1 / Math.sqrt(headWidth), ...(window === undefined ? {} : { window }) },
  );
  return { y: next.y, after: [next.keys, next.values] };
}

/** Queries, keys and values side by side: by one product where the layers allow it. */
function project(projections: readonly Linear[], x: Tensor, fused: Fused): Tensor {
  if (projections.length === 1) return projections[0].forward(x);
  if (!fused.has(projections)) fused.set(projections, fuseLinears(projections));
  const one = fused.get(projections);
  if (one) return one.forward(x);
  const parts = projections.map((projection) => projection.forward(x));
  return concat(parts, 2);
}

/** Rows for cached attention, with heads of queries and keys normalized where the layer says so. */
function normalizeRows(layer: Attention, qkv: Tensor): Tensor {
  if (!layer.normalizeHeads) return qkv;
  const lead: Shape = qkv.shape.slice(0, 2);
  const heads = headsOf(layer, [qkv], lead);
  return concat(
    heads.map((part) => reshape(part, [...lead, part.shape[2] * layer.headWidth])),
    2,
  );
}
