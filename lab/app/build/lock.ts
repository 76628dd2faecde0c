import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { BuildError } from "./build-error.js";
import { CACHE } from "./paths.js";

const LOCK = join(CACHE, "lock");
const POLL_MS = 250;
/** A lock without a readable owner is older than the moment between two system calls. */
const ORPHAN_MS = 5_000;

/**
 * Holds the only right to build; waits while another process that lives has it.
 *
 * @returns what gives it back
 * @throws E_LOCKED after `patience` ms
 */
export async function lockBuild(
  onWait: (owner: number) => void,
  patience = 20 * 60_000,
): Promise<() => void> {
  mkdirSync(CACHE, { recursive: true });
  const deadline = Date.now() + patience;
  for (let told = false; ; told = true) {
    if (tryLock()) return () => rmSync(LOCK, { force: true });
    const owner = readOwner();
    if (owner === undefined ? isOrphan() : !isAlive(owner)) {
      // The build that held it was killed.
      rmSync(LOCK, { force: true });
      continue;
    }
    if (!told && owner !== undefined) onWait(owner);
    if (Date.now() > deadline)
      throw new BuildError("E_LOCKED", `Process ${owner} has been building for too long.`);
    await sleep(POLL_MS);
  }
}

function tryLock(): boolean {
  try {
    writeFileSync(LOCK, String(process.pid), { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

function readOwner(): number | undefined {
  try {
    const owner = Number(readFileSync(LOCK, "utf8"));
    return Number.isInteger(owner) && owner > 0 ? owner : undefined;
  } catch {
    return undefined;
  }
}

function isOrphan(): boolean {
  try {
    return Date.now() - statSync(LOCK).mtimeMs > ORPHAN_MS;
  } catch {
    return false;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
