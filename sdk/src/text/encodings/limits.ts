import { GradlabError } from "../../errors.js";

/** Which tokens of a long text are left out. */
export interface TruncationOptions {
  /** Tokens at most, those of the template counted too. */
  readonly maxLength: number;
  /** The end that is cut off. Default "right". */
  readonly direction?: "left" | "right";
  /** Tokens that each overflowing part has in common with the one before. Default 0. */
  readonly stride?: number;
  /** Of two texts, which one is cut. Default "longestFirst". */
  readonly strategy?: "longestFirst" | "onlyFirst" | "onlySecond";
}

/** What is put behind (or before) short texts. */
export interface PaddingOptions {
  /** The length in tokens, or that of the longest of the batch. Longer texts stay as they are. Default "longest". */
  readonly length?: number | "longest";
  /** Default "right". */
  readonly direction?: "left" | "right";
  /** The length is rounded up to a multiple of it. Default 1. */
  readonly multipleOf?: number;
  /** Default: the tokenizer's padding token. */
  readonly token?: string;
  /** Default 0. */
  readonly typeId?: number;
}

/** `truncation` in tokenizer.json. */
export interface TruncationJson {
  readonly direction: "Left" | "Right";
  readonly max_length: number;
  readonly strategy: "LongestFirst" | "OnlyFirst" | "OnlySecond";
  readonly stride: number;
}

/** `padding` in tokenizer.json. */
export interface PaddingJson {
  readonly strategy: "BatchLongest" | { readonly Fixed: number };
  readonly direction: "Left" | "Right";
  readonly pad_to_multiple_of: number | null;
  readonly pad_id: number;
  readonly pad_type_id: number;
  readonly pad_token: string;
}

const capitalized = <T extends string>(text: T): Capitalize<T> =>
  (text[0].toUpperCase() + text.slice(1)) as Capitalize<T>;

/** @throws E_CONFIG */
export function truncationJson(options: TruncationOptions): TruncationJson {
  const { maxLength, direction = "right", stride = 0, strategy = "longestFirst" } = options;
  requireCount("truncation.maxLength", maxLength, 1);
  requireCount("truncation.stride", stride, 0);
  requireOneOf("truncation.direction", direction, ["left", "right"]);
  requireOneOf("truncation.strategy", strategy, ["longestFirst", "onlyFirst", "onlySecond"]);
  return {
    direction: capitalized(direction),
    max_length: maxLength,
    strategy: capitalized(strategy),
    stride,
  };
}

/** @throws E_CONFIG when the tokenizer has no padding token, or not this one */
export function paddingJson(
  options: PaddingOptions,
  padToken: string | undefined,
  idOf: (token: string) => number | undefined,
): PaddingJson {
  const { length = "longest", direction = "right", multipleOf = 1, token = padToken, typeId = 0 } = options;
  if (length !== "longest") requireCount("padding.length", length, 1);
  requireCount("padding.multipleOf", multipleOf, 1);
  requireCount("padding.typeId", typeId, 0);
  requireOneOf("padding.direction", direction, ["left", "right"]);
  const id = token === undefined ? undefined : idOf(token);
  if (token === undefined || id === undefined)
    throw new GradlabError(
      "E_CONFIG",
      token === undefined
        ? "The tokenizer has no padding token."
        : `The padding token ${JSON.stringify(token)} is not in the vocabulary.`,
      { hint: "Name a token of the vocabulary: padding: { token }.", where: "padding.token" },
    );
  return {
    strategy: length === "longest" ? "BatchLongest" : { Fixed: length },
    direction: capitalized(direction),
    pad_to_multiple_of: multipleOf === 1 ? null : multipleOf,
    pad_id: id,
    pad_type_id: typeId,
    pad_token: token,
  };
}

/** Reads `truncation` of a tokenizer.json. @throws E_TOKENIZER */
export function readTruncation(json: unknown): TruncationJson | undefined {
  if (json === undefined || json === null) return undefined;
  const found = {
    direction: "Right",
    strategy: "LongestFirst",
    stride: 0,
    ...(json as Partial<TruncationJson>),
  };
  const sound =
    isCount(found.max_length) &&
    isCount(found.stride) &&
    ["Left", "Right"].includes(found.direction) &&
    ["LongestFirst", "OnlyFirst", "OnlySecond"].includes(found.strategy);
  if (!sound) throw refusal("truncation");
  return found as TruncationJson;
}

/** Reads `padding` of a tokenizer.json. @throws E_TOKENIZER */
export function readPadding(json: unknown): PaddingJson | undefined {
  if (json === undefined || json === null) return undefined;
  const found = { pad_to_multiple_of: null, pad_type_id: 0, ...(json as Partial<PaddingJson>) };
  const fixed = (found.strategy as { Fixed?: unknown } | null | undefined)?.Fixed;
  const sound =
    (found.strategy === "BatchLongest" || isCount(fixed)) &&
    (found.direction === "Left" || found.direction === "Right") &&
    (found.pad_to_multiple_of === null || isCount(found.pad_to_multiple_of)) &&
    isCount(found.pad_id) &&
    isCount(found.pad_type_id);
  if (!sound) throw refusal("padding");
  return found as PaddingJson;
}

const isCount = (value: unknown): value is number =>
  typeof value === "number" && Number.isInteger(value) && value >= 0;

function refusal(field: string): GradlabError {
  return new GradlabError("E_TOKENIZER", `The tokenizer.json's ${field} cannot be read.`, {
    where: field,
    hint: "It is null or as Hugging Face's tokenizers write it.",
  });
}

function requireCount(where: string, value: number, least: number): void {
  if (Number.isInteger(value) && value >= least) return;
  throw new GradlabError("E_CONFIG", `${where} must be a whole number of at least ${least}, got ${value}.`, {
    where,
  });
}

function requireOneOf(where: string, value: string, known: readonly string[]): void {
  if (known.includes(value)) return;
  throw new GradlabError(
    "E_CONFIG",
    `${where} must be ${known.join(" or ")}, got ${JSON.stringify(value)}.`,
    {
      where,
    },
  );
}
