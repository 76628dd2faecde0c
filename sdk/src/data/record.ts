import { GradlabError, type ErrorPlace } from "../errors.js";

/** One value read from a source, not yet checked, and where it stands. */
export interface SourceRecord {
  readonly value: unknown;
  readonly where: ErrorPlace;
}

/** "a string", "null", "an array"… for error messages. */
export function describe(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "an array";
  if (typeof value === "object") return "an object";
  if (typeof value === "undefined") return "undefined";
  return `the ${typeof value} ${shorten(JSON.stringify(value) ?? "")}`;
}

export function shorten(text: string, limit = 40): string {
  return text.length <= limit ? text : `${text.slice(0, limit - 1)}…`;
}

export function formatError(sentence: string, where: ErrorPlace, hint?: string): GradlabError {
  return new GradlabError("E_DATA_FORMAT", sentence, hint === undefined ? { where } : { where, hint });
}
