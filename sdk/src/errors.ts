/** Every way gradlab can refuse: a code, one sentence, a hint and the place. */
import { CallSite } from "./call-site.js";

/** code → the sentence's opening and the hint shown when the thrower gives none. */
export const ERROR_CODES = {
  E_SHAPE: "Check the shapes of the operands; `t.shape` shows them.",
  E_DTYPE: "Convert with `t.cast(dtype)`.",
  E_INDEX: "Indices must lie inside the axis they select from.",
  E_MATRIX: "Look at the matrix's singular values: `svd(a).s` shows them.",
  E_NOT_DIFFERENTIABLE: "Use `stopGradient`, or take the gradient with respect to something else.",
  E_SYMBOLIC: "Compute with tensors what depends on the size, or leave that axis out of dynamicAxes.",
  E_CONFIG: "Compare the option's name and value with the documentation.",
  E_MODEL_NOT_FOUND:
    "Give a folder that holds config.json and model.safetensors, or the id of a shipped model.",
  E_WEIGHTS_UNAVAILABLE:
    'Put the weights into the folder named above, or ask for the small stand-in with weights: "proxy".',
  E_HUB: "Try again later; what had arrived is kept, and the download goes on from there.",
  E_HUB_ACCESS: "Set HF_TOKEN to an access token that may read the repository.",
  E_DISK_FULL: "Free some room, or set HF_HUB_CACHE to a folder on another disk; what had arrived is kept.",
  E_UNSUPPORTED_ARCH: "docs/models.md lists the supported families and what each refuses.",
  E_WEIGHT_MISMATCH: "The checkpoint and config.json describe different models.",
  E_FILE_NOT_FOUND: "Check the path; it is relative to the working directory.",
  E_FILE_FORMAT: "The file is damaged or of another kind; get it again from its source.",
  E_UNSAFE_PICKLE: "Only plain state dicts are read; save with torch.save(model.state_dict(), path).",
  E_DATA_FORMAT: 'Each line is one JSON object: {"text"}, {"prompt","completion"} or {"messages"}.',
  E_DATA_EMPTY: "Give at least one row.",
  E_ALL_LABELS_MASKED: "Raise maxLength, or check that completions are not empty.",
  E_TOKENIZER: "Use the tokenizer.json that came with the model.",
  E_TEMPLATE_MISSING: 'Give a chat template, or use {"prompt","completion"} rows.',
  E_TARGET_MODULES: "Name linear layers of the model; `model.linearNames()` lists them.",
  E_NAN_LOSS: "Lower the learning rate, or clip gradients (clipNorm).",
  E_CHECKPOINT_MISMATCH: "Resume with the options the run was started with, or choose a new outputDir.",
  E_CHECKPOINT_CORRUPT: "Remove the damaged checkpoint; the previous one is used.",
  E_ALREADY_QUANTIZED: "Start from the unquantized model.",
  E_QUALITY_GATE: "Skip sensitive layers, use more bits, or relax `accept`.",
  E_METRIC: "The metric names are listed in the documentation of Evaluator.",
  E_PORT_IN_USE: "Choose another port, or 0 for a free one.",
  E_REQUEST: "Compare the request body with the route's documentation.",
  E_CANCELLED:
    "What it had saved is kept: a fine-tuning goes on from its last checkpoint with run({ resume: true }).",
  E_DEVICE: 'Run on the CPU, `await useDevice("cpu")`; `gradlab doctor` shows what was found.',
  E_ENGINE: "This is a fault in gradlab or its native library; please report it with the message above.",
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

/** Refusals of an operation: without a place of their own they name the line that asked for it. */
const PLACED: ReadonlySet<ErrorCode> = new Set(["E_SHAPE", "E_DTYPE", "E_INDEX", "E_NOT_DIFFERENTIABLE"]);

export interface ErrorPlace {
  readonly file?: string;
  readonly line?: number;
  readonly column?: number | string;
}

export interface ErrorOptions {
  readonly hint?: string;
  readonly where?: ErrorPlace | string;
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/**
 * The one error type gradlab throws on purpose.
 *
 * @example
 * const e = new GradlabError("E_SHAPE", "matmul: cannot contract float32[2, 3] with float32[4, 5].");
 * e.message // "E_SHAPE matmul: cannot contract … \n  hint: …"
 */
export class GradlabError extends Error {
  override readonly name = "GradlabError";
  readonly code: ErrorCode;
  readonly sentence: string;
  readonly hint: string;
  readonly where: string;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, sentence: string, options: ErrorOptions = {}) {
    const hint = options.hint ?? ERROR_CODES[code];
    const caller = (): string => (PLACED.has(code) ? (new CallSite(GradlabError).place ?? "") : "");
    const where = formatPlace(options.where) || caller();
    super(`${code} ${sentence}${where ? `\n  at: ${where}` : ""}\n  hint: ${hint}`, { cause: options.cause });
    this.code = code;
    this.sentence = sentence;
    this.hint = hint;
    this.where = where;
    this.details = options.details ?? {};
  }

  toJSON(): object {
    const { code, sentence, hint, where, details } = this;
    return { code, message: sentence, hint, where, details };
  }
}

function formatPlace(where: ErrorOptions["where"]): string {
  if (where === undefined) return "";
  if (typeof where === "string") return where;
  return [where.file, where.line, where.column].filter((part) => part !== undefined).join(":");
}

/**
 * The known name with the fewest edits, when few enough to be a slip of the pen: for "did you mean" hints.
 *
 * @example nearestName("epoch", ["epochs", "batchSize"]) // "epochs"
 */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  const plain = (text: string): string => text.toLowerCase().replace(/[^a-z0-9+]/g, "");
  const ranked = known.map((candidate) => ({
    candidate,
    edits: editDistance(plain(name), plain(candidate)),
  }));
  const best = ranked.sort((a, b) => a.edits - b.edits)[0];
  const limit = Math.max(2, Math.floor(name.length / 3));
  return best && best.edits <= limit ? best.candidate : undefined;
}

/** Levenshtein distance. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(next[j - 1] + 1, row[j] + 1, row[j - 1] + Number(a[i - 1] !== b[j - 1]));
    }
    row = next;
  }
  return row[b.length];
}
