import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { arch, availableParallelism, cpus, platform, totalmem } from "node:os";
import { dirname, join, resolve } from "node:path";

/** The machine and versions that a number was made on. */
export interface Environment {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly platform: string;
  readonly node: string;
  /** gradlab's version. */
  readonly sdk: string;
  /** The commit of the repository that the working directory lies in, if any. */
  readonly gitSha?: string;
  readonly seed?: number;
}

/**
 * Describes this machine; what goes into every report and model card. No host, user or folder names.
 *
 * @example (await environment({ seed: 42 })).node // "20.20.2"
 */
export async function environment(options: { readonly seed?: number } = {}): Promise<Environment> {
  const gitSha = await findCommit(process.cwd());
  return {
    cpu: cpus()[0]?.model.trim() ?? "unknown",
    cores: availableParallelism(),
    memoryBytes: totalmem(),
    platform: `${platform()}-${arch()}`,
    node: process.versions.node,
    sdk: sdkVersion(),
    ...(gitSha === undefined ? {} : { gitSha }),
    ...(options.seed === undefined ? {} : { seed: options.seed }),
  };
}

/** gradlab's version, from its package.json. */
export function sdkVersion(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  const parsed = JSON.parse(text) as { readonly version: string };
  return parsed.version;
}

/** Reads .git itself: no other program is needed, and none is run. */
async function findCommit(start: string): Promise<string | undefined> {
  for (let folder = resolve(start); ; folder = dirname(folder)) {
    const head = await readFile(join(folder, ".git", "HEAD"), "utf8").catch(() => undefined);
    if (head !== undefined) return commitOf(join(folder, ".git"), head.trim());
    if (folder === dirname(folder)) return undefined;
  }
}

async function commitOf(git: string, head: string): Promise<string | undefined> {
  if (/^[0-9a-f]{40,64}$/.test(head)) return head;
  const ref = head.replace(/^ref: /, "");
  const loose = await readFile(join(git, ref), "utf8").catch(() => undefined);
  if (loose !== undefined) return loose.trim();
  const packed = await readFile(join(git, "packed-refs"), "utf8").catch(() => "");
  const line = packed.split("\n").find((entry) => entry.endsWith(` ${ref}`));
  return line?.split(" ")[0];
}
