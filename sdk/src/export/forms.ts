import type { DynamicAxes } from "../engine/index.js";
import { placeholder, type Sizes, type Tensor } from "../graph/index.js";
import {
  ClipModel,
  EncoderModel,
  decodeWithPast,
  forwardWithPast,
  forwardWithStates,
  isRecurrent,
  LanguageModel,
  Seq2SeqModel,
  statesOf,
  VisionModel,
} from "../models/index.js";
import { cast, reshape, slice, transpose } from "../ops/index.js";
import type { DType } from "../tensor/index.js";

/** Models of every kind that can be exported. */
export type ExportableModel = LanguageModel | EncoderModel | Seq2SeqModel | VisionModel | ClipModel;

/** A model as a function of named inputs, with the names and axes by which other programs know them. */
export interface Form {
  readonly names: readonly string[];
  readonly inputs: readonly Tensor[];
  readonly dynamicAxes: DynamicAxes;
  readonly maxSizes: Sizes;
  run(...inputs: Tensor[]): Readonly<Record<string, Tensor>>;
}

type Axis = string | number;

interface Input {
  readonly name: string;
  readonly dtype: DType;
  /** Sizes, and names of those that vary. */
  readonly shape: readonly Axis[];
}

/** Token ids and masks are 64-bit integers in the field's files. */
const tokens = (name: string, ...shape: readonly Axis[]): Input => ({ name, dtype: "int64", shape });

function formOf(
  inputs: readonly Input[],
  run: (given: readonly Tensor[]) => Readonly<Record<string, Tensor>>,
  maxSizes: Sizes = {},
): Form {
  const narrow = (x: Tensor): Tensor => (x.dtype === "int64" ? cast(x, "int32") : x);
  return {
    names: inputs.map(({ name }) => name),
    inputs: inputs.map(({ shape, dtype }) =>
      placeholder(
        shape.map((axis) => (typeof axis === "number" ? axis : 2)),
        dtype,
      ),
    ),
    dynamicAxes: inputs.map(({ shape }) => shape.map((axis) => (typeof axis === "string" ? axis : null))),
    maxSizes,
    run: (...given) => run(given.map(narrow)),
  };
}

/** Token ids in, logits out. */
export const languageForward = (model: LanguageModel): Form =>
  formOf(
    [tokens("input_ids", "batch_size", "sequence_length")],
    ([ids]) => ({ logits: model.forward(ids) }),
    { sequence_length: model.config.maxPositions },
  );

/** With what is handed from step to step: prompt and single tokens run in one file. */
export const languageDecoder = (model: LanguageModel, which: "all" | "last" = "all"): Form =>
  isRecurrent(model) ? recurrentDecoder(model, which) : attentionDecoder(model, which);

/** The states' names are those that Transformers.js hands on. */
function recurrentDecoder(model: LanguageModel, which: "all" | "last"): Form {
  const carried = statesOf(model);
  const inputs = carried.map(({ name, shape }): Input => {
    return { name: `past_${name}`, dtype: "float32", shape: ["batch_size", ...shape] };
  });
  return formOf([tokens("input_ids", "batch_size", "sequence_length"), ...inputs], ([ids, ...given]) => {
    const { logits, states } = forwardWithStates(model, { ids, states: given, logits: which });
    return { logits, ...Object.fromEntries(carried.map(({ name }, i) => [`present_${name}`, states[i]])) };
  });
}

function attentionDecoder(model: LanguageModel, which: "all" | "last"): Form {
  const total = "past_sequence_length + sequence_length";
  const caches = model.network.blocks.flatMap(({ mixer }, i): Input[] => {
    // A block that recurs has its own refusal, when the form runs.
    if ("states" in mixer) return [];
    const shape = ["batch_size", mixer.groups, "past_sequence_length", mixer.headWidth];
    return ["key", "value"].map((part) => ({
      name: `past_key_values.${i}.${part}`,
      dtype: "float32",
      shape,
    }));
  });
  const parts = caches.map(({ name }) => name.slice("past_key_values.".length));
  const inputs = [
    tokens("input_ids", "batch_size", "sequence_length"),
    tokens("attention_mask", "batch_size", total),
    tokens("position_ids", "batch_size", "sequence_length"),
    ...caches,
  ];
  return formOf(inputs, ([ids, mask, positions, ...past]) => {
    const { logits, present } = forwardWithPast(model, {
      ids,
      positions,
      mask: cast(mask, "bool"),
      past,
      logits: which,
    });
    return { logits, ...presentOf(parts, present) };
  });
}

export function encoderForward(model: EncoderModel): Form {
  const { tokenTypes, maxPositions, head } = model.config;
  const typed = tokenTypes > 1;
  const names = ["input_ids", "attention_mask", ...(typed ? ["token_type_ids"] : [])];
  return formOf(
    names.map((name) => tokens(name, "batch_size", "sequence_length")),
    ([ids, mask, types]): Record<string, Tensor> => {
      const { hidden, logits } = model.forward({ ids, mask, ...(typed ? { tokenTypes: types } : {}) });
      if (!logits) return { last_hidden_state: hidden };
      if (head !== "question-answering") return { logits };
      const ends = [0, 1].map((end) => reshape(slice(logits, end, end + 1, 2), logits.shape.slice(0, 2)));
      return { start_logits: ends[0], end_logits: ends[1] };
    },
    { sequence_length: maxPositions },
  );
}

/** The encoder, which runs once for a text, and the decoder with keys and values that are handed from step to step. */
export function seq2seqDecoder(model: Seq2SeqModel): Readonly<Record<string, Form>> {
  const { decoderLayers, heads, headWidth, width } = model.config;
  const read = ["batch_size", "encoder_sequence_length"];
  const parts = Array.from({ length: decoderLayers }, (_, i) => [
    `${i}.decoder.key`,
    `${i}.decoder.value`,
  ]).flat();
  const shape = ["batch_size", heads, "past_decoder_sequence_length", headWidth];
  const caches = parts.map((part): Input => ({ name: `past_key_values.${part}`, dtype: "float32", shape }));
  const source: Input = { name: "encoder_hidden_states", dtype: "float32", shape: [...read, width] };
  const encoder = formOf(
    [tokens("input_ids", ...read), tokens("attention_mask", ...read)],
    ([ids, mask]) => ({
      last_hidden_state: model.encoded({ ids, mask }),
    }),
  );
  const decoder = formOf(
    [
      tokens("encoder_attention_mask", ...read),
      tokens("input_ids", "batch_size", "decoder_sequence_length"),
      source,
      ...caches,
    ],
    ([mask, ids, encoded, ...past]) => {
      const { logits, present } = decodeWithPast(model, { ids, encoded, mask: cast(mask, "bool"), past });
      return { logits, ...presentOf(parts, present) };
    },
  );
  return { encoder_model: encoder, decoder_model_merged: decoder };
}

const presentOf = (parts: readonly string[], present: readonly Tensor[]): Record<string, Tensor> =>
  Object.fromEntries(parts.map((part, i) => [`present.${part}`, present[i]]));

export const seq2seqForward = (model: Seq2SeqModel): Form =>
  formOf(
    [
      tokens("input_ids", "batch_size", "encoder_sequence_length"),
      tokens("attention_mask", "batch_size", "encoder_sequence_length"),
      tokens("decoder_input_ids", "batch_size", "decoder_sequence_length"),
    ],
    ([ids, mask, decoded]) => {
      const { logits, encoded } = model.forward({ ids, mask }, decoded);
      return { logits, encoder_last_hidden_state: encoded };
    },
  );

const pixels = (batch: string, { channels, imageSize }: { channels: number; imageSize: number }): Input => ({
  name: "pixel_values",
  dtype: "float32",
  shape: [batch, channels, imageSize, imageSize],
});

export const visionForward = (model: VisionModel): Form =>
  formOf([pixels("batch_size", model.config)], ([images]): Record<string, Tensor> => {
    const { hidden, logits } = model.forward(images);
    return logits ? { logits } : { last_hidden_state: hidden };
  });

export function clipForward(model: ClipModel): Form {
  const { text, vision } = model.config;
  return formOf(
    [
      tokens("input_ids", "text_batch_size", "sequence_length"),
      pixels("image_batch_size", vision),
      tokens("attention_mask", "text_batch_size", "sequence_length"),
    ],
    ([ids, images, mask]) => {
      const { textVectors, imageVectors, logitsPerImage } = model.forward({ ids, mask }, images);
      return {
        logits_per_image: logitsPerImage,
        logits_per_text: transpose(logitsPerImage, [1, 0]),
        text_embeds: textVectors,
        image_embeds: imageVectors,
      };
    },
    { sequence_length: text.maxPositions },
  );
}
