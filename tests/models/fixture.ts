import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { TestContext } from "node:test";

const root = resolve(import.meta.dirname, "..", "..", "..", "..", "shared", "fixtures", "models");

/** The folder of a fixture model; skips the test, saying why, where it is absent. */
export function fixtureFolder(t: TestContext, name: string): string | undefined {
  const folder = join(root, name);
  if (existsSync(join(folder, "model.safetensors"))) return folder;
  t.skip(`the fixture model ${name} is not beside this checkout`);
  return undefined;
}

export const readFixture = <T>(folder: string, file: string): T =>
  JSON.parse(readFileSync(join(folder, file), "utf8")) as T;

export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let largest = a.length === b.length ? 0 : Infinity;
  for (let i = 0; i < a.length; i++) largest = Math.max(largest, Math.abs(a[i] - b[i]));
  return largest;
}
