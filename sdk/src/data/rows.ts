import type { ChatMessage } from "../text/index.js";

/** Plain text: every token is learned. */
export interface TextRow {
  readonly text: string;
}

/** The model reads the prompt and learns to write the completion. */
export interface CompletionRow {
  readonly prompt: string;
  readonly completion: string;
}

/** A conversation: the model learns to write the assistant's turns. */
export interface ChatRow {
  readonly messages: readonly ChatMessage[];
}

export type Row = TextRow | CompletionRow | ChatRow;

/** A `Dataset`, a file that it can be made from (.jsonl, .csv, …), rows in memory, or rows that arrive over time. */
export type DatasetRef = string | Iterable<unknown> | AsyncIterable<unknown>;

export interface ReadOptions {
  /**
   * Which field of the data plays which part, such as `{ prompt: "instruction", completion: "output" }`.
   * Default: the fields are named text, prompt, completion and messages.
   */
  readonly fields?: Readonly<Partial<Record<"text" | "prompt" | "completion" | "messages", string>>>;
}
