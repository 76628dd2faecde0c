import { GradlabError, nearestName, type ErrorPlace } from "../../errors.js";
import { describe, formatError } from "../record.js";

/** The columns a row must have; the place of the row, and the nearest name it has, when one is missing. */
export function requireColumns(
  row: unknown,
  names: readonly string[],
  where: ErrorPlace,
): asserts row is Readonly<Record<string, unknown>> {
  if (typeof row !== "object" || row === null || Array.isArray(row))
    throw formatError(`A row with columns is an object, got ${describe(row)}.`, where);
  for (const name of names) {
    if (Object.hasOwn(row, name)) continue;
    const present = Object.keys(row);
    const near = nearestName(name, present);
    throw formatError(
      `The row has no column ${JSON.stringify(name)}; it has ${present.map((key) => JSON.stringify(key)).join(", ") || "none"}.`,
      where,
      near === undefined
        ? "Compare the name with the columns of the data."
        : `Did you mean ${JSON.stringify(near)}?`,
    );
  }
}

/** A whole number of at least `least`. @throws E_CONFIG */
export function requireCount(value: number, least: number, name: string): number {
  if (Number.isSafeInteger(value) && value >= least) return value;
  throw new GradlabError("E_CONFIG", `${name} must be an integer of at least ${least}, got ${value}.`, {
    where: name,
  });
}
