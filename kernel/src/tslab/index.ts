// tslab's display calls → display messages: what notebooks written for tslab import as "tslab".
import { randomBytes } from "node:crypto";
import { createRequire } from "node:module";

/** tslab's API, version 1.0.22, over this kernel's displays. */
export interface Display {
  javascript(s: string): void;
  html(s: string): void;
  markdown(s: string): void;
  latex(s: string): void;
  svg(s: string): void;
  png(b: Uint8Array): void;
  jpeg(b: Uint8Array): void;
  gif(b: Uint8Array): void;
  pdf(b: Uint8Array): void;
  text(s: string): void;
  /** Any MIME type; bytes are sent as base64. */
  raw(contentType: string, b: string | Uint8Array): void;
}

interface Host {
  displayBundle(bundle: Record<string, unknown>, options: { displayId?: string; update?: boolean }): void;
}

function host(): Host {
  const found = (globalThis as Record<symbol, unknown>)[Symbol.for("gradlab.kernel")];
  if (found === undefined) throw new Error("Not ready"); // as tslab says outside a notebook
  return found as Host;
}

const TEXTS = {
  javascript: "text/javascript",
  html: "text/html",
  markdown: "text/markdown",
  latex: "text/latex",
  svg: "image/svg+xml",
  text: "text/plain",
} as const;
const BYTES = { png: "image/png", jpeg: "image/jpeg", gif: "image/gif", pdf: "application/pdf" } as const;

function createDisplay(displayId?: string): Display {
  let shown = false;
  const raw = (contentType: string, data: string | Uint8Array): void => {
    const update = displayId !== undefined && shown;
    shown = true;
    host().displayBundle({ [contentType]: data }, displayId === undefined ? {} : { displayId, update });
  };
  const methods = Object.entries({ ...TEXTS, ...BYTES }).map(
    ([name, type]) => [name, (data: string | Uint8Array): void => raw(type, data)] as const,
  );
  return { ...(Object.fromEntries(methods) as unknown as Omit<Display, "raw">), raw };
}

/** Shows rich contents, each call a new output. */
export const display: Display = createDisplay();

/** A display whose calls all change one and the same output. */
export function newDisplay(): Display {
  return createDisplay(randomBytes(8).toString("hex"));
}

const require = createRequire(import.meta.url);

/** The versions of the tslab whose API this is, of TypeScript and of Node. */
export const versions = {
  tslab: "1.0.22",
  typescript: (require("typescript/package.json") as { version: string }).version,
  node: process.version,
};
