import { createHmac, randomBytes } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { ServerError } from "../errors.js";
import type { Access, Exchange } from "../http/index.js";
import { formatCookie, readCookies } from "./cookies.js";
import { isAllowedHost } from "./host.js";
import { isSameOrigin, isSameSite } from "./origin.js";
import { verifyPassword } from "./password.js";
import { RateLimit } from "./rate-limit.js";
import { safeEqual } from "./safe-equal.js";
import { issueTicket, isValidTicket, TICKET_AGE } from "./ticket.js";

export interface GuardOptions {
  /** Empty: none. */
  readonly token: string;
  /** As `hashPassword` made it; empty: none. */
  readonly passwordHash: string;
  /** Per-user secret: with it, logins outlast a restart that keeps token and password. */
  readonly secret: Buffer;
  readonly baseUrl: string;
  readonly secure: boolean;
  readonly boundToLoopback: boolean;
  readonly allowedHosts: readonly string[];
  readonly allowedOrigins: readonly string[];
}

const SAFE: readonly string[] = ["GET", "HEAD", "OPTIONS"];
/** A token of this many characters or more is random enough not to be guessed. */
const LONG_TOKEN = 32;

/** Decides who may do what. */
export class Guard {
  readonly #options: GuardOptions;
  readonly #key: Buffer;
  readonly #limit = new RateLimit();
  #cookieName = "gradlab";

  constructor(options: GuardOptions) {
    this.#options = options;
    // another token or password ends the logins made with the old one
    this.#key = createHmac("sha256", options.secret)
      .update(JSON.stringify([options.token, options.passwordHash]))
      .digest();
  }

  /** Cookies know no ports: each server of a machine needs a name of its own. */
  listensOn(port: number): void {
    this.#cookieName = `gradlab-${port}`;
  }

  /** Without a token and a password everyone who reaches the port is let in. */
  get isOpen(): boolean {
    return this.#options.token === "" && this.#options.passwordHash === "";
  }

  get hasPassword(): boolean {
    return this.#options.passwordHash !== "";
  }

  /** Throws E_FORBIDDEN or E_LOGIN unless the request may pass. */
  admit(exchange: Exchange, access: Access): void {
    const { request, method } = exchange;
    this.checkHost(request);
    if (access === "public") return;
    if (this.#hasToken(request, exchange.query)) return;
    if (!this.#isLoggedIn(request)) throw new ServerError("E_LOGIN", "You are not logged in.");
    if (!isSameOrigin(request, this.#options.allowedOrigins)) throw foreign(request.headers.origin);
    if (access === "page") return;
    if (!SAFE.includes(method)) this.checkXsrf(exchange);
    else if (!this.#hasXsrf(exchange) && !isSameSite(request, this.#options.allowedOrigins)) {
      throw foreign(request.headers.referer);
    }
  }

  /** As `admit`, for a WebSocket: it carries cookies wherever its page is from. */
  admitUpgrade(request: IncomingMessage, query: URLSearchParams): void {
    this.checkHost(request);
    if (!isSameOrigin(request, this.#options.allowedOrigins)) {
      throw foreign(request.headers.origin);
    }
    if (this.#hasToken(request, query) || this.#isLoggedIn(request)) return;
    throw new ServerError("E_LOGIN", "You are not logged in.");
  }

  checkHost(request: IncomingMessage): void {
    const { allowedHosts, boundToLoopback } = this.#options;
    if (isAllowedHost(request.headers.host, allowedHosts, boundToLoopback)) return;
    throw new ServerError("E_FORBIDDEN", "The server is not known by this name.", {
      hint: "Use localhost, or start it with --allow-host and the name.",
    });
  }

  checkXsrf(exchange: Exchange, field?: string): void {
    if (this.#hasXsrf(exchange, field)) return;
    throw new ServerError("E_FORBIDDEN", "The XSRF cookie and the header X-XSRFToken do not match.", {
      hint: "Reload the page.",
    });
  }

  /** True when a token was right; throws E_TOO_OFTEN where short ones are being guessed. */
  #hasToken(request: IncomingMessage, query: URLSearchParams): boolean {
    const header = /^(?:token|bearer)\s+(\S+)$/i.exec(request.headers.authorization ?? "")?.[1];
    const given = header ?? query.get("token") ?? "";
    const { token } = this.#options;
    if (given === "" || token === "") return false;
    const guessable = token.length < LONG_TOKEN;
    const address = request.socket.remoteAddress ?? "";
    if (guessable) this.#limit.check(address);
    const right = safeEqual(given, token);
    if (!right && guessable) this.#limit.fail(address);
    return right;
  }

  #isLoggedIn(request: IncomingMessage): boolean {
    if (this.isOpen) return true;
    const ticket = readCookies(request).get(this.#cookieName);
    return ticket !== undefined && isValidTicket(this.#key, ticket);
  }

  #hasXsrf({ request, query }: Exchange, field?: string): boolean {
    const cookie = readCookies(request).get("_xsrf") ?? "";
    const header = request.headers["x-xsrftoken"] ?? request.headers["x-csrftoken"];
    const sent = field ?? (typeof header === "string" ? header : query.get("_xsrf")) ?? "";
    return cookie !== "" && safeEqual(cookie, sent);
  }

  /** Whether the token in the address is right: the page then gets a cookie and an address without it. */
  hasTokenInAddress(exchange: Exchange): boolean {
    return exchange.query.has("token") && this.#hasToken(exchange.request, exchange.query);
  }

  /** The password, or the token typed in its place; failures are counted for each address. */
  async checkPassword(request: IncomingMessage, given: string): Promise<boolean> {
    const address = request.socket.remoteAddress ?? "";
    this.#limit.check(address);
    const { token, passwordHash } = this.#options;
    // counted before the slow comparison: many guesses at once gain nothing
    this.#limit.fail(address);
    const right =
      (token !== "" && safeEqual(given, token)) ||
      (passwordHash !== "" && (await verifyPassword(given, passwordHash)));
    if (right) this.#limit.forgive(address);
    return right;
  }

  /** Set-Cookie of a new login. */
  loginCookies(): string[] {
    const { baseUrl: path, secure } = this.#options;
    const ticket = issueTicket(this.#key);
    return [
      formatCookie(this.#cookieName, ticket, { path, secure, httpOnly: true, maxAge: TICKET_AGE }),
      this.#xsrfCookie(),
    ];
  }

  logoutCookies(): string[] {
    const { baseUrl: path, secure } = this.#options;
    return [formatCookie(this.#cookieName, "", { path, secure, httpOnly: true, maxAge: 0 })];
  }

  /** The XSRF cookie for a page, where the browser has none yet. Scripts of the page must read it. */
  pageCookies(request: IncomingMessage): string[] {
    return (readCookies(request).get("_xsrf") ?? "") === "" ? [this.#xsrfCookie()] : [];
  }

  /** A new value of the XSRF cookie and its Set-Cookie. */
  #xsrfCookie(value = randomBytes(16).toString("hex")): string {
    const { baseUrl: path, secure } = this.#options;
    return formatCookie("_xsrf", value, { path, secure, httpOnly: false });
  }

  /** For a form: the value the browser has or gets. */
  xsrfForForm(request: IncomingMessage): { readonly value: string; readonly cookies: string[] } {
    const present = readCookies(request).get("_xsrf") ?? "";
    if (/^[0-9a-f]{32}$/.test(present)) return { value: present, cookies: [] };
    const value = randomBytes(16).toString("hex");
    return { value, cookies: [this.#xsrfCookie(value)] };
  }
}

function foreign(source: string | undefined): ServerError {
  const from = source === undefined ? "an unknown origin" : `another origin (${source.slice(0, 200)})`;
  return new ServerError("E_FORBIDDEN", `The request comes from ${from}.`);
}
