import type { Payload } from "../link/index.js";
import { runNumber } from "./context.js";
import { formatValue } from "./format.js";
import { report } from "./reports.js";

const send = (payload: Payload): void => report({ kind: "payload", run: runNumber(), payload });

/** Shows a value in the front end's pager (below the cell, where it has none). */
export async function page(value: unknown): Promise<void> {
  const data = typeof value === "string" ? { "text/plain": value } : await formatValue(await value);
  send({ source: "page", data, start: 0 });
}

/** Puts code into the next cell, or with `replace` into this one. */
export function setNextInput(text: string, options: { readonly replace?: boolean } = {}): void {
  send({ source: "set_next_input", text: String(text), replace: options.replace === true });
}

/** Asks the front end to close; with `keepKernel` the kernel goes on. */
export function exit(options: { readonly keepKernel?: boolean } = {}): void {
  send({ source: "ask_exit", keepkernel: options.keepKernel === true });
}
