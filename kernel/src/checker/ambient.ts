import { createRequire } from "node:module";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The file, in the notebook's folder but never on disk, that declares what every cell finds. */
export const NAMES_FILE = "gradlab-notebook.d.ts";

/** Must say what kernel/src/cell/globals.ts installs. */
export const AMBIENT = `
interface GradlabDisplayOptions { readonly displayId?: string; readonly display_id?: string; readonly update?: boolean; readonly raw?: boolean; readonly metadata?: Readonly<Record<string, unknown>> }
interface GradlabDisplayHandle { readonly displayId: string; readonly update: (value: unknown) => Promise<void> }
interface GradlabCommMessage { readonly data: Record<string, unknown>; readonly metadata: Record<string, unknown>; readonly buffers: readonly Uint8Array[] }
interface GradlabComm {
  readonly id: string; readonly target: string; readonly isOpen: boolean;
  /** Called with each message of the front end; a promise keeps its request busy. */
  onMessage: (message: GradlabCommMessage) => unknown;
  onClose: (message: GradlabCommMessage) => unknown;
  send(data: Record<string, unknown>, metadata?: Record<string, unknown>, buffers?: readonly Uint8Array[]): void;
  close(data?: Record<string, unknown>, metadata?: Record<string, unknown>, buffers?: readonly Uint8Array[]): void;
  /** Output of the handlers appears in the cell that runs now. */
  attach(): void;
}
/** Shows any value the way a cell's last expression is shown. */
declare function display(value: unknown, options?: GradlabDisplayOptions): Promise<GradlabDisplayHandle>;
/** Asks the user for a line of text; null when there is none, the fallback for an empty line. */
declare function prompt(message?: string, fallback?: string): string | null;
/** Asks the user a question of yes or no. */
declare function confirm(message?: string): boolean;
declare const Jupyter: {
  /** Shows any value the way a cell's last expression is shown. */
  display(value: unknown, options?: GradlabDisplayOptions): Promise<GradlabDisplayHandle>;
  /** Shows a MIME bundle: { "text/html": "…" }. */
  displayBundle(bundle: Record<string, unknown>, options?: GradlabDisplayOptions): void;
  clearOutput(options?: boolean | { readonly wait?: boolean }): void;
  /** HTML, as a call or before a template; values are put in as they are. */
  html(text: TemplateStringsArray | string, ...values: unknown[]): object;
  md(text: TemplateStringsArray | string, ...values: unknown[]): object;
  markdown(text: TemplateStringsArray | string, ...values: unknown[]): object;
  svg(text: TemplateStringsArray | string, ...values: unknown[]): object;
  latex(text: TemplateStringsArray | string, ...values: unknown[]): object;
  /** A PNG, JPEG, GIF, WebP, SVG or PDF from its file or its bytes. */
  image(source: string | URL | Uint8Array, size?: { readonly width?: number; readonly height?: number }): object;
  /** A value as a tree that folds. */
  json(value: unknown, options?: { readonly expanded?: boolean }): object;
  /** A Vega or Vega-Lite specification. */
  vega(spec: object): object;
  /** A Plotly figure. */
  plotly(figure: { readonly data: readonly object[]; readonly layout?: object; readonly config?: object }): object;
  readonly comms: {
    open(target: string, data?: Record<string, unknown>, metadata?: Record<string, unknown>, buffers?: readonly Uint8Array[]): GradlabComm;
    registerTarget(target: string, opened: (comm: GradlabComm, message: GradlabCommMessage) => unknown): void;
    unregisterTarget(target: string): void;
    get(id: string): GradlabComm | undefined;
  };
  /** Opens a comm at the front end's target of that name. */
  readonly Comm: new (target: string, data?: Record<string, unknown>, options?: { id?: string; metadata?: Record<string, unknown>; buffers?: readonly Uint8Array[] }) => GradlabComm;
  /** Aborted when the running cell is interrupted. */
  readonly signal: AbortSignal | undefined;
  input(prompt?: string, fallback?: string): string | null;
  password(prompt?: string): string | null;
  /** Shows a value in the front end's pager. */
  page(value: unknown): Promise<void>;
  /** Puts code into the next cell, or with replace into this one. */
  setNextInput(text: string, options?: { readonly replace?: boolean }): void;
  /** Asks the front end to close; with keepKernel the kernel goes on. */
  exit(options?: { readonly keepKernel?: boolean }): void;
};
declare module "tslab" {
  export interface Display {
    javascript(s: string): void; html(s: string): void; markdown(s: string): void; latex(s: string): void; svg(s: string): void;
    png(b: Uint8Array): void; jpeg(b: Uint8Array): void; gif(b: Uint8Array): void; pdf(b: Uint8Array): void; text(s: string): void;
    /** Any MIME type; bytes are sent as base64. */
    raw(contentType: string, b: string | Uint8Array): void;
  }
  /** Shows rich contents, each call a new output. */
  export const display: Display;
  /** A display whose calls all change one and the same output. */
  export function newDisplay(): Display;
  export const versions: { tslab: string; typescript: string; node: string };
}
`;

const at = (path: string): string => JSON.stringify(fileURLToPath(new URL(path, import.meta.url)));

/**
 * Modules that cells import without installing them (kernel/src/cell/own-modules.ts): where the checker looks for
 * them, a virtual file. Names are as long as those they stand for, so that columns stay right.
 */
const OWN: readonly (readonly [specifier: string, file: string, path: string | undefined])[] = [
  ["gradlab-kernel/widgets", "gradlab-own--widgets", at("../widgets/index.js")],
  ["gradlab", "_grad", shipped("gradlab")],
];

/** Virtual files by name. */
export const OWN_MODULES: Readonly<Record<string, string>> = Object.fromEntries(
  OWN.flatMap(([, file, path]) => (path === undefined ? [] : [[`${file}.ts`, `export * from ${path};\n`]])),
);

/** Lets the checker see such a file where its module is imported. */
export function redirectOwnModules(code: string): string {
  let seen = code;
  for (const [specifier, file, path] of OWN) {
    if (path === undefined) continue;
    const imported = new RegExp(`(?<=\\b(?:from|import|require)[ (]*["'])${specifier}(?=["'])`, "g");
    seen = seen.replace(imported, `./${file}`);
  }
  return seen;
}

/** A package that lies beside the kernel, unless the notebook's folder has it itself. */
function shipped(name: string): string | undefined {
  if (resolved(name, join(process.cwd(), "notebook.js")) !== undefined) return undefined;
  const path = resolved(name, import.meta.url);
  return path === undefined ? undefined : JSON.stringify(path);
}

function resolved(name: string, from: string): string | undefined {
  try {
    return createRequire(from).resolve(name);
  } catch {
    return undefined;
  }
}
