/** code → the hint shown when the thrower gives none. */
export const BUILD_HINTS = {
  E_NETWORK: "Connect once to the npm registry, or set npm's proxy; after this build no network is needed.",
  E_DISK: "Free about 1 GB, then start again.",
  E_INSTALL: "Delete lab/app/node_modules and start again; the lines above are npm's.",
  E_BUNDLE: "Run `npm ci` in the repository again; if it stays, the lines above belong in a bug report.",
  E_LOCKED: "End that process, or delete lab/app/.cache/lock if it is not a build.",
} as const;

export type BuildErrorCode = keyof typeof BUILD_HINTS;

/** Why there is no front end: a code, one sentence, a hint. */
export class BuildError extends Error {
  override readonly name = "BuildError";
  readonly code: BuildErrorCode;

  constructor(code: BuildErrorCode, sentence: string, options: { hint?: string; cause?: unknown } = {}) {
    const { hint = BUILD_HINTS[code], cause } = options;
    super(`${code} ${sentence}\n  hint: ${hint}`, { cause });
    this.code = code;
  }
}

/** Errors of the file system in the user's words; others as they are. */
export function explain(error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException | null)?.code;
  if (code === "ENOSPC" || code === "EDQUOT") {
    return new BuildError("E_DISK", "The disk is full.", { cause: error });
  }
  if (code === "EACCES" || code === "EPERM" || code === "EROFS") {
    const hint = "Make lab/app writable for you, or use a package that ships its front end.";
    const path = (error as NodeJS.ErrnoException).path ?? "lab/app";
    return new BuildError("E_DISK", `${path} cannot be written.`, { hint, cause: error });
  }
  return error;
}
