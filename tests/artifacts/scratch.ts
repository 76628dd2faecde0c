import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";

/** A folder that goes when the test ends. */
export async function scratch(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "gradlab-test-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Every `stride`-th place of a file, to damage it there. */
export function places(length: number, stride: number): number[] {
  return Array.from({ length: Math.ceil(length / stride) }, (_, i) => i * stride);
}
