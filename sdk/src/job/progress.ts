/** What a front end shows of a job: what its last event said, each where it said it. */
export interface JobProgress {
  /** Units of work that are done: steps, layers, models. */
  readonly step?: number;
  readonly totalSteps?: number;
  /** Nats per learned token of the step. */
  readonly loss?: number;
  /** Nats per learned token of the held-out rows. */
  readonly evalLoss?: number;
  readonly learningRate?: number;
  readonly tokensPerSecond?: number;
  readonly etaMs?: number;
  /** What is worked on. */
  readonly stage?: string;
}

const STEP = ["step", "totalSteps", "loss", "learningRate", "tokensPerSecond", "etaMs"] as const;

/**
 * Reads an event by its fields, so that jobs of any kind can be followed: `step` events as a fine-tuner sends them,
 * `eval` events with a loss, and events that count with `index` (from 0) and `of`.
 *
 * @returns undefined for an event that says nothing of the kind
 */
export function progressOf(event: { readonly type: string }): JobProgress | undefined {
  const fields = event as unknown as Readonly<Record<string, unknown>>;
  const stage = textOf(fields["name"]);
  if (event.type === "step") return numbersOf(fields, STEP);
  if (event.type === "eval") return { ...numbersOf(fields, ["step"]), evalLoss: numberOf(fields["loss"]) };
  const [index, totalSteps] = [numberOf(fields["index"]), numberOf(fields["of"])];
  if (index === undefined || totalSteps === undefined) return undefined;
  return { step: index + 1, totalSteps, ...(stage === undefined ? {} : { stage }) };
}

function numbersOf(
  fields: Readonly<Record<string, unknown>>,
  names: readonly (keyof JobProgress)[],
): JobProgress {
  return Object.fromEntries(
    names.flatMap((name) => (numberOf(fields[name]) === undefined ? [] : [[name, fields[name]]])),
  ) as JobProgress;
}

const numberOf = (value: unknown): number | undefined => (typeof value === "number" ? value : undefined);
const textOf = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);
