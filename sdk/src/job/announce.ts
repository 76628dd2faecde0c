import { GradlabError } from "../errors.js";
import type { JobStatus } from "./job.js";
import type { JobProgress } from "./progress.js";

/** What a notebook's front end may do with a job, and how it names it. */
export interface AnnouncedJob {
  readonly id: string;
  readonly kind: string;
  readonly name: string;
  pause(): void;
  resume(): void;
  cancel(reason: string): void;
}

export interface JobFailure {
  readonly code?: string;
  readonly message: string;
  readonly hint?: string;
}

/** Where a job tells how it goes; docs/lab-jobs.md is the contract. */
export interface JobAudience {
  progress(progress: JobProgress): void;
  status(status: JobStatus, pausable: boolean, failure?: JobFailure): void;
}

interface Host {
  announce(job: AnnouncedJob): JobAudience;
}

/** In a notebook: tells the kernel of a job, which shows it to front ends that ask. Elsewhere there is nobody. */
export function announce(job: AnnouncedJob): JobAudience | undefined {
  const kernel = (globalThis as { [key: symbol]: { readonly jobs?: Host } | undefined })[
    Symbol.for("gradlab.kernel")
  ];
  return kernel?.jobs?.announce(job);
}

/** What a person reads of an error. */
export function failureOf(error: unknown): JobFailure {
  if (error instanceof GradlabError) return { code: error.code, message: error.sentence, hint: error.hint };
  return { message: error instanceof Error ? error.message : String(error) };
}
