import { setTimeout as pause } from "node:timers/promises";
import { GradlabError } from "../errors.js";
import type { HubSettings } from "./settings.js";

/** A failure that may pass: the network, a busy hub, a body cut short. */
export class Transient extends Error {
  /** @param afterMs how long the hub asks to wait */
  constructor(
    message: string,
    readonly afterMs: number | undefined,
    /** Nobody answers at that address. */
    readonly unreachable = false,
    cause?: unknown,
  ) {
    super(message, { cause });
  }
}

/** Tries without any progress before it is given up. */
export const TRIES = 5;
const MAX_BACKOFF_MS = 30_000;
const MAX_WAIT_MS = 300_000;

export interface RetryOptions {
  /** A number that grows when an attempt got further. */
  readonly progress?: () => number;
  /** Tries where nobody answers. Default: as for other failures. */
  readonly networkTries?: number;
}

/**
 * Runs `attempt` until it succeeds, fails for good, or has failed five times in a row without progress.
 *
 * @throws what `attempt` throws, other than Transient; E_HUB; E_CANCELLED
 */
export async function withRetries<T>(
  settings: HubSettings,
  attempt: () => Promise<T>,
  { progress = () => 0, networkTries = TRIES }: RetryOptions = {},
): Promise<T> {
  let reached = progress();
  for (let failures = 0; ;) {
    throwIfAborted(settings.signal);
    try {
      return await attempt();
    } catch (error) {
      throwIfAborted(settings.signal);
      if (!(error instanceof Transient)) throw error;
      failures = progress() > reached ? 1 : failures + 1;
      reached = progress();
      const tries = error.unreachable ? networkTries : TRIES;
      if (failures >= tries || (error.afterMs ?? 0) > MAX_WAIT_MS) throw givenUp(error, settings);
      await waitFor(error, failures, settings);
    }
  }
}

async function waitFor(error: Transient, failures: number, settings: HubSettings): Promise<void> {
  const backoff = Math.min(MAX_BACKOFF_MS, settings.retryDelayMs * 2 ** (failures - 1));
  const ms = error.afterMs ?? backoff;
  settings.emit({
    type: "warning",
    code: "W_HUB_RETRY",
    message: `${error.message} It is tried again in ${(ms / 1000).toFixed(1)} s.`,
  });
  await pause(ms, undefined, { signal: settings.signal }).catch(() => undefined);
  throwIfAborted(settings.signal);
}

function givenUp(error: Transient, { endpoint }: HubSettings): GradlabError {
  const wait = error.afterMs === undefined ? "" : ` It asks to wait ${Math.ceil(error.afterMs / 1000)} s.`;
  return new GradlabError("E_HUB", `${error.message}${wait}`, {
    where: endpoint,
    details: { unreachable: error.unreachable },
    cause: error,
  });
}

/** @throws E_CANCELLED */
export function throwIfAborted(signal: AbortSignal): void {
  if (signal.aborted) {
    throw new GradlabError("E_CANCELLED", `The download was stopped: ${String(signal.reason)}.`, {
      hint: "What had arrived is kept; the next download goes on from there.",
    });
  }
}

/** Milliseconds of a Retry-After header: seconds, or a date. */
export function retryAfter(header: string | null): number | undefined {
  if (header === null) return undefined;
  const seconds = /^\s*\d+(\.\d+)?\s*$/.test(header) ? Number(header) : undefined;
  const ms = seconds === undefined ? Date.parse(header) - Date.now() : seconds * 1000;
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}
