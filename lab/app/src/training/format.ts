import type { Job } from "./protocol.js";

const STATUS = {
  running: "running",
  pausing: "pausing after this step",
  paused: "paused",
  done: "done",
  failed: "failed",
  cancelled: "stopped",
} as const;

export const statusText = ({ status }: Job): string => STATUS[status];

export const titleOf = ({ kind, name }: Job): string => (name === "" ? kind : `${kind} ${name}`);

/** 1,000,000 */
export const countText = (count: number): string => count.toLocaleString("en-US");

/** Four digits, or fewer where the rest says nothing. */
export function numberText(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e6)) return value.toExponential(2);
  return String(Number(value.toPrecision(4)));
}

export function bytesText(bytes: number): string {
  return bytes < 1e9 ? `${Math.round(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(2)} GB`;
}

/** Rounded to what a person plans with. */
export function durationText(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 10) return `${minutes} min ${seconds % 60} s`;
  if (minutes < 60) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** "1,200 of 3,000", "12" or, before the first step, "". */
export function stepText({ values: { step, totalSteps } }: Job): string {
  if (step === undefined) return "";
  return totalSteps === undefined ? countText(step) : `${countText(step)} of ${countText(totalSteps)}`;
}

/** What there is to say of a job, in the order of interest. */
export function factsOf(job: Job): readonly (readonly [name: string, value: string])[] {
  const { loss, evalLoss, etaMs, tokensPerSecond, learningRate, memory, stage } = job.values;
  const fact = (name: string, value: number | undefined, text: (value: number) => string) =>
    value === undefined ? [] : [[name, text(value)] as const];
  const running = job.status === "running" || job.status === "pausing";
  return [
    ...(stepText(job) === "" ? [] : [["Step", stepText(job)] as const]),
    ...(stage === undefined ? [] : [["At", stage] as const]),
    ...fact("Loss", loss, numberText),
    ...fact("Held-out loss", evalLoss, numberText),
    ...fact("Time left", running ? etaMs : undefined, durationText),
    ...fact("Took", job.ended === undefined ? undefined : job.ended - job.started, durationText),
    ...fact("Tokens/s", tokensPerSecond, (value) => countText(Math.round(value))),
    ...fact("Learning rate", learningRate, numberText),
    ...fact("Memory", memory, bytesText),
  ];
}
