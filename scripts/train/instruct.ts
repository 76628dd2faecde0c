import { join } from "node:path";
import type { ChatMessage } from "gradlab";

export const INSTRUCT_FOLDER = join(".cache", "instruct");

export type Conversation = readonly ChatMessage[];

/** Questions of each examination. */
export const EXAMINATIONS = { arithmetic: 200, extraction: 200, intent: 200 } as const;
/** Programming tasks of the examination in TypeScript. */
export const CODE_TASKS = 200;
