import { mkdirSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder bench/ in the sources (this file runs from bench/dist/harness). */
export const benchRoot = resolve(dirname(fileURLToPath(import.meta.url)), "../..");
export const repoRoot = resolve(benchRoot, "..");

/** bench/.cache: model files and compiled peers, made when absent, ignored by git. */
export function cacheDir(): string {
  const dir = join(benchRoot, ".cache");
  mkdirSync(dir, { recursive: true });
  return dir;
}

/** The compiled JavaScript of a child under bench/cases or bench/peers. */
export function childScript(name: string): string {
  return join(benchRoot, "dist", name);
}

/** A path as the report prints it. */
export function relativeToRepo(path: string): string {
  const inside = relative(repoRoot, path);
  return path.startsWith("/") && !inside.startsWith("..") ? inside : path;
}
