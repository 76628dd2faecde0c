import { GradlabError } from "../../errors.js";
import type { CompletionRow } from "../rows.js";
import { generateCode } from "./codegym/index.js";
import { hashText, type SyntheticOptions } from "./draw-unique.js";
import { generateArithmetic } from "./generate-arithmetic.js";
import { generateDialogues } from "./generate-dialogues.js";
import { generateExtraction } from "./generate-extraction.js";

export type InstructionSource = "code" | "arithmetic" | "extraction" | "intent" | "definition";

/** The shape of the Alpaca data (Taori et al. 2023); the rows are gradlab's own. */
export interface InstructionRow {
  readonly instruction: string;
  /** What the instruction is about; may be empty. */
  readonly input: string;
  readonly output: string;
  readonly source: InstructionSource;
}

export interface InstructionOptions extends SyntheticOptions {
  /** Default: code, arithmetic, extraction and intent, and definition if there are glosses. */
  readonly sources?: readonly InstructionSource[];
  /**
   * Rows with a term and its definition, such as `loadRows("datasets/medical-glosses/train.jsonl")`. What belongs to which split
   * is decided here, by the term.
   */
  readonly glosses?: readonly CompletionRow[];
}

/**
 * Instructions of several kinds in the shape of the Alpaca data, in equal parts and mixed: programming tasks, sums,
 * facts out of a text, what a customer wants, and definitions.
 *
 * @throws E_CONFIG for options out of range, definitions without glosses, or more rows than there are
 * @example
 * const rows = generateInstructions({ count: 8, seed: 1 });
 * Object.keys(rows[0]) // ["instruction", "input", "output", "source"]
 */
export function generateInstructions(options: InstructionOptions): InstructionRow[] {
  const { glosses = [], count, seed = 0 } = options;
  const usual = ["code", "arithmetic", "extraction", "intent"] as const;
  const sources = options.sources ?? (glosses.length > 0 ? [...usual, "definition"] : usual);
  if (sources.length === 0) throw new GradlabError("E_CONFIG", "sources is empty.", { where: "sources" });
  const shares = sources.map(
    (_, i) => Math.floor(count / sources.length) + Number(i < count % sources.length),
  );
  const rows = sources.flatMap((source, i) => MAKE[source]({ ...options, count: shares[i] }, glosses));
  return rows
    .map((row) => ({ row, order: hashText(`${row.instruction}\n${row.input}`, seed) }))
    .sort((a, b) => a.order - b.order)
    .map(({ row }) => row);
}

type Make = (options: SyntheticOptions, glosses: readonly CompletionRow[]) => InstructionRow[];

const MAKE: Readonly<Record<InstructionSource, Make>> = {
  code: (options) =>
    generateCode({ ...options, cases: 1 }).map(({ prompt, completion }) => ({
      instruction: prompt.split("\n")[0],
      input: prompt.split("\n").slice(1).join("\n").trim(),
      output: completion.trim(),
      source: "code",
    })),
  arithmetic: (options) =>
    generateArithmetic({ ...options, steps: true }).map(({ left, operation, right, completion }) => ({
      instruction: "Calculate step by step.",
      input: `${left} ${operation} ${right}`,
      output: completion.trim(),
      source: "arithmetic",
    })),
  extraction: (options) =>
    generateExtraction(options).map(({ text, value }) => ({
      instruction: `Write the facts of this text as JSON with the fields ${Object.keys(value).join(", ")}.`,
      input: text,
      output: JSON.stringify(value),
      source: "extraction",
    })),
  intent: summaries,
  definition: define,
};

function summaries(options: SyntheticOptions): InstructionRow[] {
  return generateDialogues(options).map(({ messages, intents }) => ({
    instruction: "Say what this customer wants, as a list of intents.",
    input: messages
      .filter(({ role }) => role !== "system")
      .map(({ role, content }) => `${role === "user" ? "Customer" : "Service"}: ${content}`)
      .join("\n"),
    output: intents.join(", "),
    source: "intent",
  }));
}

const ASKS: readonly ((term: string) => string)[] = [
  (term) => `What does "${term}" mean?`,
  (term) => `Define "${term}".`,
  (term) => `Explain the term "${term}" in one sentence.`,
];

function define(
  { count, seed = 0, split = "train", testShare = 0.1 }: SyntheticOptions,
  glosses: readonly CompletionRow[],
): InstructionRow[] {
  const terms = new Map<string, string>();
  for (const { prompt, completion } of glosses) {
    const term = prompt.replace(/\s*:\s*$/, "");
    if (!terms.has(term)) terms.set(term, completion.trim());
  }
  const own = [...terms]
    .filter(([term]) => hashText(term, seed) / 2 ** 32 < testShare === (split === "test"))
    .map(([term, meaning]) => ({ term, meaning, order: hashText(term, seed + 1) }))
    .sort((a, b) => a.order - b.order);
  if (own.length < count)
    throw new GradlabError(
      "E_CONFIG",
      `There are ${own.length} definitions in the ${split} split, ${count} were asked for.`,
      {
        where: "glosses",
        hint: 'Give more glosses, such as the rows of "datasets/medical-glosses/train.jsonl".',
      },
    );
  return own.slice(0, count).map(({ term, meaning, order }) => ({
    instruction: ASKS[order % ASKS.length](term),
    input: "",
    output: `${meaning[0].toUpperCase()}${meaning.slice(1)}.`,
    source: "definition",
  }));
}
