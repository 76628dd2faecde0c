import assert from "node:assert/strict";
import { GradlabError } from "gradlab";

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
