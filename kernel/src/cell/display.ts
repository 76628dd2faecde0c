import { randomUUID } from "node:crypto";
import type { MimeBundle } from "../link/index.js";
import { runNumber } from "./context.js";
import { cleanBundle, formatValue } from "./format.js";
import { report } from "./reports.js";

export interface DisplayOptions {
  /** Names the output, so that it can be changed later. */
  readonly displayId?: string;
  /** Changes the output of that name instead of adding one. */
  readonly update?: boolean;
  readonly metadata?: Readonly<Record<string, unknown>>;
}

/** Shows a MIME bundle at once. */
export function displayBundle(bundle: MimeBundle, options: DisplayOptions = {}): void {
  report({
    kind: "display",
    run: runNumber(),
    data: cleanBundle(bundle),
    metadata: { ...options.metadata },
    update: options.update === true,
    ...(options.displayId === undefined ? {} : { displayId: options.displayId }),
  });
}

/** A shown output that can be changed. */
export interface DisplayHandle {
  readonly displayId: string;
  readonly update: (value: unknown) => Promise<void>;
}

/** Shows any value the way a cell's last expression is shown. */
export async function display(value: unknown, options: DisplayOptions = {}): Promise<DisplayHandle> {
  const displayId = options.displayId ?? randomUUID();
  displayBundle(await formatValue(await value), { ...options, displayId });
  return { displayId, update: async (next) => void (await display(next, { displayId, update: true })) };
}

export function clearOutput(options: { readonly wait?: boolean } = {}): void {
  report({ kind: "clear", run: runNumber(), wait: options.wait === true });
}

const mime =
  (type: string) =>
  (text: TemplateStringsArray | string, ...values: unknown[]): object => {
    const data = typeof text === "string" ? text : String.raw({ raw: text.raw }, ...values);
    return { [Symbol.for("Jupyter.display")]: () => ({ [type]: data, "text/plain": data }) };
  };

export const html = mime("text/html");
export const md = mime("text/markdown");
export const svg = mime("image/svg+xml");
export const latex = mime("text/latex");
