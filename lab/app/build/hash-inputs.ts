import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { APP } from "./paths.js";

/** All that decides what a build gives: the lockfile, the sources, the compiled build program and Node's major version. */
const INPUTS = [
  "package.json",
  "package-lock.json",
  "src",
  "schemas",
  "branding",
  "overrides.json",
  "build/dist",
];

/** A hash over everything the build reads, or undefined where only `dist/` was shipped. */
export function hashInputs(): string | undefined {
  if (!existsSync(join(APP, "src")) || !existsSync(join(APP, "package-lock.json"))) return undefined;
  const hash = createHash("sha256").update(`node ${process.versions.node.split(".")[0]}\n`);
  for (const file of INPUTS.flatMap((name) => filesUnder(join(APP, name)))) {
    hash.update(`${relative(APP, file).split(sep).join("/")}\n`).update(normalize(file, readFileSync(file)));
  }
  return hash.digest("hex").slice(0, 32);
}

/** The hash of the lockfile alone: what decides whether the packages must be installed. */
export function hashLockfile(): string {
  return createHash("sha256")
    .update(readFileSync(join(APP, "package-lock.json")))
    .digest("hex");
}

/** A checkout with CRLF line ends is the same source. */
function normalize(file: string, bytes: Buffer): Buffer | string {
  return /\.(ts|tsx|js|json|css|svg|md)$/.test(file)
    ? bytes.toString("utf8").replaceAll("\r\n", "\n")
    : bytes;
}

function filesUnder(path: string): string[] {
  if (!existsSync(path)) return [];
  const entries = (() => {
    try {
      return readdirSync(path, { withFileTypes: true });
    } catch {
      return undefined;
    }
  })();
  if (entries === undefined) return [path];
  return entries
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .filter(({ name }) => !name.endsWith(".map") && !name.endsWith(".d.ts") && !name.startsWith("."))
    .flatMap(({ name }) => filesUnder(join(path, name)));
}
