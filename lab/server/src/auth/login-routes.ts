import { type Exchange, readBody, redirect, type Route, sendHtml } from "../http/index.js";
import type { Guard } from "./guard.js";
import { loginPage } from "./login-page.js";

/** Bytes of a login form. */
const FORM_LIMIT = 16 * 1024;

/** GET and POST /login, /logout. */
export function loginRoutes(guard: Guard, baseUrl: string): Route[] {
  const show = (exchange: Exchange, status: number, message = ""): void => {
    const { value, cookies } = guard.xsrfForForm(exchange.request);
    const next = safeNext(exchange.query.get("next"), baseUrl);
    const page = loginPage({ baseUrl, next, xsrf: value, message, hasPassword: guard.hasPassword });
    setCookies(exchange, cookies);
    sendHtml(exchange, status, page);
  };
  const submit = async (exchange: Exchange): Promise<void> => {
    const form = new URLSearchParams((await readBody(exchange.request, FORM_LIMIT)).toString("utf8"));
    guard.checkXsrf(exchange, form.get("_xsrf") ?? "");
    const given = form.get("password") ?? "";
    if (given === "" || !(await guard.checkPassword(exchange.request, given))) {
      show(exchange, 401, guard.hasPassword ? "That is not the password." : "That is not the token.");
      return;
    }
    setCookies(exchange, guard.loginCookies());
    redirect(exchange, safeNext(exchange.query.get("next"), baseUrl));
  };
  return [
    { method: "GET", pattern: "/login", access: "public", handle: (exchange) => show(exchange, 200) },
    { method: "POST", pattern: "/login", access: "public", handle: submit },
    {
      method: "GET",
      pattern: "/logout",
      access: "public",
      handle: (exchange) => {
        setCookies(exchange, guard.logoutCookies());
        redirect(exchange, `${baseUrl}login`);
      },
    },
  ];
}

function setCookies({ response }: Exchange, cookies: readonly string[]): void {
  if (cookies.length > 0) response.setHeader("Set-Cookie", [...cookies]);
}

/**
 * Where a login leads: a path of this server, or else its first page. Browsers read `//x`, `/\x` and control
 * characters as ways to another site.
 */
export function safeNext(next: string | null, baseUrl: string): string {
  const home = `${baseUrl}lab`;
  // eslint-disable-next-line no-control-regex -- browsers strip tabs and line ends from addresses
  if (next === null || !next.startsWith(baseUrl) || /^\/[/\\]|[\\\u0000-\u001f\u007f]/.test(next))
    return home;
  const base = "http://gradlab.invalid";
  try {
    const url = new URL(next, base);
    return url.origin === base && url.pathname.startsWith(baseUrl) && !url.pathname.startsWith("//")
      ? `${url.pathname}${url.search}${url.hash}`
      : home;
  } catch {
    return home;
  }
}

/** Where an unauthenticated page request is sent. */
export function loginAddress(baseUrl: string, request: { readonly url?: string | undefined }): string {
  return `${baseUrl}login?next=${encodeURIComponent(request.url ?? baseUrl)}`;
}
