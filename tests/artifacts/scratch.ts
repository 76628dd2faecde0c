import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { GradlabError } from "gradlab";

/** A folder that goes when the test ends. */
export async function scratch(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "gradlab-test-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Runs `action`, which must be refused with `code`, and gives the error for further checks. */
export async function refused(code: string, action: () => unknown): Promise<GradlabError> {
  try {
    await action();
  } catch (error) {
    assert.ok(error instanceof GradlabError, String(error));
    assert.equal(error.code, code, error.message);
    return error;
  }
  return assert.fail(`expected ${code}, but nothing was thrown`);
}

/** Every `stride`-th place of a file, to damage it there. */
export function places(length: number, stride: number): number[] {
  return Array.from({ length: Math.ceil(length / stride) }, (_, i) => i * stride);
}
