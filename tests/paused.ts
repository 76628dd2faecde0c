import { setTimeout as delay } from "node:timers/promises";

/** Asks a job to pause, and gives what it came to: "paused", or how it ended before it did. */
export async function pause(job: { readonly status: string; pause(): void }): Promise<string> {
  job.pause();
  while (job.status === "pausing") await delay(1);
  return job.status;
}
