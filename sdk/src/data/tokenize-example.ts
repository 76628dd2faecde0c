import { GradlabError } from "../errors.js";
import { encodeChat, type ChatTemplate, type Tokenizer } from "../text/index.js";
import type { Row } from "./rows.js";

/** One row as tokens. */
export interface Example {
  readonly ids: Int32Array;
  /** 1: the model is trained to write this token; 0: it only reads it. */
  readonly lossMask: Uint8Array;
  /** Tokens were cut off at the end to keep to maxLength. */
  readonly truncated: boolean;
}

export interface TokenizeOptions {
  /** The longest example in tokens. Default: no limit. */
  readonly maxLength?: number;
  /** "completion": completions and assistant turns; "all": prompts too. Text rows are trained whole. Default "completion". */
  readonly lossOn?: "completion" | "all";
  /** For rows with messages; default: the tokenizer's. */
  readonly chatTemplate?: ChatTemplate;
}

/**
 * A row → its tokens and which of them are learned.
 *
 * Text and completions end with the end-of-text token, which is learned, so that the model learns to stop; the
 * tokenizer's beginning-of-text token, if its post-processor adds one, is never learned. Prompt and completion
 * are encoded apart, so that no token straddles them.
 *
 * @throws E_CONFIG for a maxLength below 2; E_TEMPLATE_MISSING for messages without a template
 * @example
 * tokenizeExample({ prompt: "2 + 2 =", completion: " 4" }, tokenizer).lossMask // 0 0 0 … 1 1
 */
export function tokenizeExample(row: Row, tokenizer: Tokenizer, options: TokenizeOptions = {}): Example {
  const { maxLength = Infinity, lossOn = "completion" } = options;
  if (!(maxLength >= 2))
    throw new GradlabError("E_CONFIG", `maxLength must be at least 2, got ${maxLength}.`, {
      where: "maxLength",
      hint: "An example needs a token to read and one to write.",
    });
  const { ids, lossMask } = encodeRow(row, tokenizer, options.chatTemplate);
  if (lossOn === "all") lossMask.fill(1);
  if (tokenizer.bosId !== undefined && ids[0] === tokenizer.bosId) lossMask[0] = 0;
  const truncated = ids.length > maxLength;
  return truncated
    ? { ids: ids.slice(0, maxLength), lossMask: lossMask.slice(0, maxLength), truncated }
    : { ids, lossMask, truncated };
}

interface Masked {
  readonly ids: Int32Array;
  readonly lossMask: Uint8Array;
}

function encodeRow(row: Row, tokenizer: Tokenizer, template: ChatTemplate | undefined): Masked {
  if ("messages" in row)
    return encodeChat(row.messages, tokenizer, template === undefined ? {} : { template });
  const [read, written] = "text" in row ? ["", row.text] : [row.prompt, row.completion];
  const before = withoutEnd(tokenizer.encode(read), tokenizer.eosId);
  const after = tokenizer.encode(written, { addSpecialTokens: false });
  const end = tokenizer.eosId === undefined ? [] : [tokenizer.eosId];
  const ids = new Int32Array(before.length + after.length + end.length);
  ids.set(before);
  ids.set(after, before.length);
  ids.set(end, before.length + after.length);
  return { ids, lossMask: new Uint8Array(ids.length).fill(1, before.length) };
}

/** The post-processor may close every text; the example closes itself once, at its end. */
function withoutEnd(ids: Int32Array, eosId: number | undefined): Int32Array {
  return eosId !== undefined && ids[ids.length - 1] === eosId ? ids.subarray(0, -1) : ids;
}
