/** Every way the server can refuse: a code, one sentence, a hint and the place. */

/** code → the HTTP status it is answered with, and the hint shown when the thrower gives none. */
export const SERVER_ERROR_CODES = {
  E_BAD_REQUEST: { status: 400, hint: "Compare the request with the Jupyter Server protocol." },
  E_BAD_NOTEBOOK: { status: 400, hint: "Open it as text, or restore one of its checkpoints." },
  E_NOT_EMPTY: { status: 400, hint: "Delete what is in the folder first." },
  E_LOGIN: { status: 403, hint: "Open the address with its token that the server printed, or log in." },
  E_FORBIDDEN: { status: 403, hint: "Use the server from a page of its own." },
  E_NOT_FOUND: { status: 404, hint: "Refresh the file browser; it may have been moved or deleted." },
  E_METHOD: { status: 405, hint: "The header Allow names the methods of this address." },
  E_EXISTS: { status: 409, hint: "Choose another name." },
  E_TOO_LARGE: { status: 413, hint: "Upload large files in chunks, as the file browser does." },
  E_TOO_OFTEN: { status: 429, hint: "Wait for the seconds that the header Retry-After gives." },
  E_INTERNAL: { status: 500, hint: "This is a fault in gradlab; please report it with the message above." },
  E_DISK: { status: 507, hint: "Free some space; nothing that was saved before is lost." },
  E_LISTEN: { status: 500, hint: "Choose another port with --port, or 0 for a free one." },
  E_OPEN_SERVER: { status: 500, hint: "Set a token or a password; who can reach the port can run any code." },
} as const;

export type ServerErrorCode = keyof typeof SERVER_ERROR_CODES;

export interface ServerErrorOptions {
  readonly hint?: string;
  readonly where?: string;
  readonly cause?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What the server throws on purpose; a request that meets it is answered with its status and sentence. */
export class ServerError extends Error {
  override readonly name = "ServerError";
  readonly code: ServerErrorCode;
  readonly status: number;
  readonly sentence: string;
  readonly hint: string;
  readonly where: string;
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: ServerErrorCode, sentence: string, options: ServerErrorOptions = {}) {
    const hint = options.hint ?? SERVER_ERROR_CODES[code].hint;
    const where = options.where ?? "";
    super(`${code} ${sentence}${where ? `\n  at: ${where}` : ""}\n  hint: ${hint}`, { cause: options.cause });
    this.code = code;
    this.status = SERVER_ERROR_CODES[code].status;
    this.sentence = sentence;
    this.hint = hint;
    this.where = where;
    this.headers = options.headers ?? {};
  }
}

/** What the operating system refused, in words; anything unknown is a fault of ours. */
export function fromSystem(error: unknown, where: string): ServerError {
  if (error instanceof ServerError) return error;
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  const options = { where, cause: error };
  switch (code) {
    case "ENOENT":
    case "ENOTDIR":
      return new ServerError("E_NOT_FOUND", "There is no such file or folder.", options);
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return new ServerError("E_FORBIDDEN", "The system does not allow it.", {
        ...options,
        hint: "Check who owns the file and its permissions.",
      });
    case "EEXIST":
      return new ServerError("E_EXISTS", "There is already something of that name.", options);
    case "ENOTEMPTY":
      return new ServerError("E_NOT_EMPTY", "The folder is not empty.", options);
    case "ENOSPC":
    case "EDQUOT":
      return new ServerError("E_DISK", "The disk is full.", options);
    case "ENAMETOOLONG":
      return new ServerError("E_BAD_REQUEST", "The name is too long.", options);
    case "EISDIR":
      return new ServerError("E_BAD_REQUEST", "It is a folder, not a file.", options);
    case "ELOOP":
      return new ServerError("E_BAD_REQUEST", "Its links lead in a circle.", options);
    default:
      return new ServerError("E_INTERNAL", "Something went wrong in the server.", options);
  }
}
