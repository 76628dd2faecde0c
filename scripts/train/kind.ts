import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type EncoderModel, type LanguageModel, loadModel, type ModelCardInfo } from "gradlab";
import type { Publication } from "./publication.js";

/** A kind of model that is trained by a recipe and shipped. */
export interface Kind {
  readonly languages: readonly string[];
  /** The card's tags, besides gradlab. */
  readonly tags: readonly string[];
  /** The hub's name for what the scores are of. Default "text-generation". */
  readonly task?: string;
  /** Texts whose ids are written down for the independent reader. */
  readonly prompts: readonly string[];
  /** The folder of the trained weights, where it is not the run's `model`. */
  weightsOf?(from: string): string;
  open(folder: string): Promise<Opened>;
}

export interface Opened {
  readonly model: LanguageModel | EncoderModel;
  describe(parts: Publication): Promise<Described>;
}

/** What only this kind can tell of itself. */
export interface Described extends Pick<
  ModelCardInfo,
  "summary" | "training" | "data" | "scores" | "limits" | "usage" | "baseModel"
> {
  /** What was measured in publishing, for measured.json. */
  readonly measured?: object;
}

/** A kind of language model, told by `describe`. */
export const languageModelKind = (
  about: Omit<Kind, "open">,
  describe: (model: LanguageModel, parts: Publication) => Promise<Described>,
): Kind => ({
  ...about,
  open: async (folder) => {
    const model = await loadModel(folder);
    return { model, describe: (parts) => describe(model, parts) };
  },
});

export interface HeldOutEntry {
  readonly loss: number;
  readonly bitsPerByte?: number;
  readonly tokens: number;
}

/** A line of a training's log. */
export interface LogEntry {
  readonly type: string;
  readonly step: number;
  readonly tokens: number;
  readonly heldOut: Readonly<Record<string, HeldOutEntry>>;
  readonly teacherWeights?: string;
}

export async function readLog(from: string): Promise<LogEntry[]> {
  const lines = (await readFile(join(from, "log.jsonl"), "utf8")).trim().split("\n");
  return lines.map((line) => JSON.parse(line) as LogEntry);
}

/** The evaluation at the end. @throws an Error for a training that is not at the end of its recipe */
export async function lastEvaluation({ from, recipe }: Publication): Promise<LogEntry> {
  const last = (await readLog(from)).findLast(({ type }) => type === "eval");
  if (last === undefined || last.step !== recipe["steps"])
    throw new Error(
      `Not published: ${from} is at step ${last?.step ?? 0}, the recipe has ${String(recipe["steps"])}.`,
    );
  return last;
}

/** @throws an Error unless the weights that ship have the held-out loss that the log of their training ends with */
export function checkLoss(measured: number, logged: number): void {
  if (Math.abs(measured / logged - 1) > 0.005)
    throw new Error(
      `Not published: the weights have a held-out loss of ${measured}, the log ends at ${logged}.`,
    );
}
