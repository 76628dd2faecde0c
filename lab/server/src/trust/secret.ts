import { randomBytes } from "node:crypto";
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

const BYTES = 64;

/** The user's secret of that name, made on first use; only the user may read it. */
export function readSecret(path: string): Buffer {
  try {
    const found = readFileSync(path);
    chmodSync(path, 0o600);
    if (found.length >= 32) return found;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const made = randomBytes(BYTES);
  try {
    writeFileSync(path, made, { mode: 0o600, flag: "wx" });
    return made;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    // another server made it at the same moment, or it is damaged
    const found = readFileSync(path);
    if (found.length >= 32) return found;
    writeFileSync(path, made, { mode: 0o600 });
    return made;
  }
}
