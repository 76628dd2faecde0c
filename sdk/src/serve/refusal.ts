import { GradlabError } from "../errors.js";

/** `error.type` of each status; the names clients of OpenAI's API know. */
const TYPES: Readonly<Record<number, string>> = {
  401: "authentication_error",
  429: "rate_limit_error",
  500: "server_error",
  503: "overloaded_error",
  504: "timeout_error",
};

export interface RefusalOptions {
  readonly hint?: string;
  /** A short name programs can test. Default "invalid_request". */
  readonly code?: string;
  /** The field at fault, such as `messages[1].content`. */
  readonly param?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A request that is answered with an error status. */
export class Refusal extends GradlabError {
  readonly reason: string;
  readonly param: string | null;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    readonly status: number,
    sentence: string,
    { hint = "", code = "invalid_request", param, headers = {} }: RefusalOptions = {},
  ) {
    super("E_REQUEST", sentence, { hint, ...(param ? { where: param } : {}) });
    this.reason = code;
    this.param = param ?? null;
    this.headers = headers;
  }

  /** The body clients of OpenAI's API expect. */
  body(): { error: { message: string; type: string; code: string; param: string | null } } {
    const message = [this.sentence, this.hint].filter(Boolean).join(" ");
    const type = TYPES[this.status] ?? "invalid_request_error";
    return { error: { message, type, code: this.reason, param: this.param } };
  }
}

/** A refusal with status 400 that blames one field. */
export const badField = (param: string, sentence: string, hint = ""): Refusal =>
  new Refusal(400, sentence, { param, hint, code: "invalid_value" });

/** The queue is full. */
export const tooBusy = (waiting: number): Refusal =>
  new Refusal(429, `All slots are busy and ${waiting} requests wait already.`, {
    code: "queue_full",
    hint: "Try again in a moment.",
    headers: { "retry-after": "1" },
  });

/** The service is about to end. */
export const closing = (): Refusal =>
  new Refusal(503, "The service is shutting down.", {
    code: "shutting_down",
    hint: "Try again when it is back.",
    headers: { "retry-after": "5" },
  });

/** The request took longer than the service allows. */
export const tooLate = (ms: number): Refusal =>
  new Refusal(504, `The request was not done within ${ms} ms.`, {
    code: "request_timeout",
    hint: "Ask for fewer tokens, or try when there is less traffic.",
  });

/** The client went away; nobody reads this answer, but the log and the metrics do. */
export const disconnected = (): Refusal =>
  new Refusal(499, "The client closed the connection.", { code: "client_closed" });

/**
 * What the client may know of an error. Mistakes in what was sent become 400; everything else is a fault of
 * the service, of which only the log says more.
 */
export function asRefusal(error: unknown): Refusal {
  if (error instanceof Refusal) return error;
  if (error instanceof GradlabError && error.code === "E_TEMPLATE_MISSING") {
    return new Refusal(400, error.sentence, {
      code: "chat_template_missing",
      param: "messages",
      hint: "This model is served without chat; use /v1/completions.",
    });
  }
  return new Refusal(500, "The service failed while answering.", { code: "internal_error" });
}
