/** Every way the kernel can refuse: a code, one sentence, a hint and the place. */

/** code → the hint shown when the thrower gives none. */
export const KERNEL_ERROR_CODES = {
  E_CONNECTION_FILE: "Start the kernel with --connection-file and a file that Jupyter wrote.",
  E_KERNEL_START: "Run `gradlab doctor`; it shows which part of the kernel does not load.",
  E_KERNEL_GONE: "Start the kernel again; its variables are gone.",
  E_SYNTAX: "Correct the line shown.",
  E_TYPE: "Correct the types, or set the kernel's type check to `warn` or `off`.",
  E_MAGIC: "%lsmagic lists the magics.",
  E_INSTALL: "Check that the folder can be written, or install with --prefix into another one.",
  E_NOTEBOOK: "Give an .ipynb file of nbformat 4.",
  E_TIMEOUT: "Give more time with --timeout, in seconds.",
  E_DOWNLOAD: "Check the connection and run the command again: it goes on where it stopped.",
  E_USAGE: "Run `gradlab --help`.",
} as const;

export type KernelErrorCode = keyof typeof KERNEL_ERROR_CODES;

export interface KernelErrorOptions {
  readonly hint?: string;
  readonly where?: string;
  readonly cause?: unknown;
}

/** What the kernel and its command throw on purpose. */
export class KernelError extends Error {
  override readonly name = "KernelError";
  readonly code: KernelErrorCode;
  readonly sentence: string;
  readonly hint: string;
  readonly where: string;

  constructor(code: KernelErrorCode, sentence: string, options: KernelErrorOptions = {}) {
    const hint = options.hint ?? KERNEL_ERROR_CODES[code];
    const where = options.where ?? "";
    super(`${code} ${sentence}${where ? `\n  at: ${where}` : ""}\n  hint: ${hint}`, { cause: options.cause });
    this.code = code;
    this.sentence = sentence;
    this.hint = hint;
    this.where = where;
  }
}
