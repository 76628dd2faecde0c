import type { Breakpoints } from "./breakpoints.js";
import type { Frame, Frames } from "./frames.js";
import type { Inspector } from "./inspector.js";
import type { Pauses, Stop } from "./pauses.js";
import type { Sources } from "./sources.js";
import type { Variables } from "./variables.js";

export type Json = { readonly [key: string]: unknown };

/** A request's arguments → the body of its response. */
export type Command = (session: DebugSession, args: Json) => Promise<Json | void> | Json | void;

/** A refusal in words for the user; the request that caused it answers with `success: false`. */
export class Refusal extends Error {}

/** What the handlers of requests share. */
export interface DebugSession {
  readonly inspector: Inspector;
  readonly sources: Sources;
  readonly frames: Frames;
  readonly breakpoints: Breakpoints;
  readonly pauses: Pauses;
  readonly variables: Variables;
  /** The top-level names of the cells that ran. */
  readonly names: Set<string>;
  initialized: boolean;
  attached: boolean;
  /** Set while the main thread stands where a user may look. */
  stop: Stop | undefined;
  /** From where the front end counts lines and columns: 0 or 1. */
  from: { readonly line: number; readonly column: number };
}

/** Cells run on one thread. */
export const THREAD = 1;

export function frameOf(session: DebugSession, id: unknown): Frame {
  const frame = session.frames.find(id);
  if (frame === undefined) throw new Refusal("There is no such frame where the cell stands.");
  return frame;
}

export function needAttached(session: DebugSession): void {
  if (!session.attached) throw new Refusal("The debugger is not attached.");
}

/** DAP's own word for it, which front ends know. */
export function needStopped(session: DebugSession): void {
  if (session.stop === undefined) throw new Refusal("notStopped");
}

/** An argument that must be a text. */
export function textOf(args: Json, name: string): string {
  const value = args[name];
  if (typeof value !== "string") throw new Refusal(`The argument ${name} is missing.`);
  return value;
}

export function pathOf(source: unknown): string {
  const path = (source as { path?: unknown } | undefined)?.path;
  return typeof path === "string" ? path : "";
}
