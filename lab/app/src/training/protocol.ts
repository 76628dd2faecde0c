/** What the kernel's comm `gradlab.jobs` says; docs/lab-jobs.md is its specification. */

export type JobStatus = "running" | "pausing" | "paused" | "done" | "failed" | "cancelled";

export type Point = readonly [x: number, y: number];

export interface Line {
  /** The points replace all earlier ones. */
  readonly whole: boolean;
  readonly points: readonly Point[];
}

export interface JobValues {
  readonly step?: number;
  readonly totalSteps?: number;
  readonly loss?: number;
  readonly evalLoss?: number;
  readonly learningRate?: number;
  readonly tokensPerSecond?: number;
  readonly etaMs?: number;
  readonly memory?: number;
  readonly stage?: string;
}

export interface JobFailure {
  readonly code?: string;
  readonly message: string;
  readonly hint?: string;
}

/** A job as a message has it. */
export interface JobMessage {
  readonly id: string;
  readonly kind: string;
  readonly name: string;
  readonly cell: string;
  readonly started: number;
  readonly ended?: number;
  readonly status: JobStatus;
  readonly pausable: boolean;
  readonly error?: JobFailure;
  readonly values: JobValues;
  readonly loss: Line;
  readonly evalLoss: Line;
}

export interface JobsMessage {
  readonly method: "state" | "update";
  readonly serial: number;
  readonly jobs: readonly JobMessage[];
}

/** A job as the page knows it: all points that came. */
export interface Job extends Omit<JobMessage, "loss" | "evalLoss"> {
  readonly loss: readonly Point[];
  readonly evalLoss: readonly Point[];
}

export type JobRequest = "pause" | "resume" | "stop";

export const hasEnded = ({ status }: Pick<Job, "status">): boolean =>
  status === "done" || status === "failed" || status === "cancelled";
