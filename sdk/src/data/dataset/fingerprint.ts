import { createHash } from "node:crypto";
import { canonicalText } from "./hash-rows.js";
import type { Stage } from "./stage.js";

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

/** What the rows are made by, without what they are made of: states fit every stage with the same plan. */
export function planOf(stage: Stage<unknown>): string {
  return sha256(canonicalText([stage.operator, stage.settings, stage.inputs.map(planOf)]));
}

/** What the rows are made by and of: SHA-256 over the operators, the text of their functions and the content. */
export async function fingerprint(stage: Stage<unknown>): Promise<string> {
  const inputs: string[] = [];
  for (const input of stage.inputs) inputs.push(await fingerprint(input));
  return sha256(canonicalText([stage.operator, stage.settings, inputs, await stage.content?.()]));
}
