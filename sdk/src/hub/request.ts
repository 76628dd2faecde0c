import { GradlabError } from "../errors.js";
import { refusalOf, type Subject } from "./refusal.js";
import { retryAfter, Transient, withRetries } from "./retry.js";

const MAX_REDIRECTS = 8;

/** What a body says before its bytes. */
export interface OpenBody {
  readonly response: Response;
  readonly chunks: AsyncIterable<Uint8Array>;
}

/**
 * `fetch` for the hub's interface of JSON: with the token, tried again where that may help, refused in the user's words.
 *
 * @throws refusals; E_HUB; E_CANCELLED
 */
export function apiFetch(subject: Subject): typeof fetch {
  return (input, init) =>
    withRetries(
      subject.settings,
      async () => {
        const url = new URL(input instanceof Request ? input.url : input);
        const { response, chunks } = await follow(url, init ?? {}, subject);
        // Read here, so that a body cut short is asked for again too.
        const parts: Uint8Array[] = [];
        for await (const chunk of chunks) parts.push(chunk);
        return new Response(Buffer.concat(parts), { status: response.status, headers: response.headers });
      },
      { networkTries: 2 },
    );
}

/**
 * Opens a file's bytes from `offset` on. One attempt.
 *
 * @throws Transient; refusals
 */
export function openBody(url: URL, offset: number, subject: Subject): Promise<OpenBody> {
  const headers = {
    // The bytes as they are stored: only those can be counted and hashed.
    "accept-encoding": "identity",
    ...(offset > 0 ? { range: `bytes=${offset}-` } : {}),
  };
  return follow(url, { headers }, subject);
}

/** Follows redirects by hand: the token stays with the hub, and only what the hub itself refuses is a refusal. */
async function follow(url: URL, init: RequestInit, subject: Subject): Promise<OpenBody> {
  const { origin } = new URL(subject.settings.endpoint);
  for (let hops = 0, at = url; hops <= MAX_REDIRECTS; hops++) {
    const body = await send(at, init, subject, at.origin === origin);
    const { response } = body;
    const location = response.headers.get("location");
    if (response.status >= 300 && response.status < 400 && location !== null) {
      await response.body?.cancel();
      at = new URL(location, at);
      continue;
    }
    if (response.ok || response.status === 416) return body;
    await response.body?.cancel();
    // A link to a store of bytes that has run out is made anew by the next attempt.
    if (at.origin !== origin) throw new Transient(`${at.host} answers ${response.status}.`, undefined);
    throw refusalOf(response, subject);
  }
  throw new GradlabError("E_HUB", `${url.host} redirects ${MAX_REDIRECTS} times and more.`, {
    where: url.href,
  });
}

/** One request; silence ends it. @throws Transient for the network, 429 and 5xx */
async function send(url: URL, init: RequestInit, subject: Subject, trusted: boolean): Promise<OpenBody> {
  const { settings } = subject;
  const watch = new Watch(settings.stallMs, settings.signal);
  const headers = new Headers(init.headers);
  headers.set("user-agent", "gradlab");
  if (trusted && settings.token !== undefined) headers.set("authorization", `Bearer ${settings.token}`);
  try {
    const response = await fetch(url, { ...init, headers, redirect: "manual", signal: watch.signal });
    if (response.status === 429 || response.status >= 500) {
      await response.body?.cancel();
      throw new Transient(
        `${url.host} answers ${response.status}${response.status === 429 ? ", too many requests" : ""}.`,
        retryAfter(response.headers.get("retry-after")),
      );
    }
    return { response, chunks: watch.chunks(response, url.host) };
  } catch (error) {
    throw error instanceof Transient ? error : networkFailure(error, url.host);
  } finally {
    watch.pause();
  }
}

function networkFailure(error: unknown, host: string): Transient {
  const cause = error instanceof Error ? error.cause : undefined;
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : undefined;
  const silent = error instanceof Error && (error.name === "AbortError" || error.name === "TimeoutError");
  const why = code ?? (silent ? "it does not answer" : error instanceof Error ? error.message : "");
  return new Transient(`${host} cannot be reached (${why}).`, undefined, true, error);
}

/** Ends a request that is silent for too long. */
class Watch {
  readonly #controller = new AbortController();
  readonly signal: AbortSignal;
  #timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly ms: number,
    outer: AbortSignal,
  ) {
    this.signal = AbortSignal.any([this.#controller.signal, outer]);
    this.#start();
  }

  #start(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#controller.abort(), this.ms);
  }

  pause(): void {
    clearTimeout(this.#timer);
  }

  /** @throws Transient when the connection ends before the body does */
  async *chunks(response: Response, host: string): AsyncIterable<Uint8Array> {
    const reader = response.body?.getReader();
    try {
      for (;;) {
        this.#start();
        const { done, value } = (await reader?.read()) ?? { done: true, value: undefined };
        this.pause();
        if (done) return;
        yield value;
      }
    } catch (error) {
      throw networkFailure(error, host);
    } finally {
      this.pause();
      await reader?.cancel().catch(() => undefined);
    }
  }
}
