import type { Guard } from "../auth/index.js";
import type { FrontEnd } from "../front-end/index.js";
import { encodePath, type Exchange, type Json, redirect, type Route, sendHtml, text } from "../http/index.js";
import { POLLED } from "../kernels/index.js";
import type { RootFolder } from "../root/index.js";
import { renderFault, renderPage } from "./render.js";

export interface PageOptions {
  readonly guard: Guard;
  readonly frontEnd: FrontEnd;
  readonly root: RootFolder;
  readonly baseUrl: string;
  /** Where the course is, as a path of the contents; empty when it is not there. */
  readonly tutorialsPath: string;
  /** What /lab/api/settings answers: a page holds it, since nearly every plugin waits for it. */
  readonly settings: () => unknown;
}

/** The addresses of pages: which page of the build, and what stands for the document's path. */
const PAGES: readonly { readonly pattern: string; readonly page: string }[] = [
  { pattern: "/lab", page: "lab" },
  { pattern: "/lab/tree/*path", page: "lab" },
  { pattern: "/lab/workspaces/:workspace", page: "lab" },
  { pattern: "/lab/workspaces/:workspace/tree/*path", page: "lab" },
  { pattern: "/doc", page: "lab" },
  { pattern: "/doc/tree/*path", page: "lab" },
  { pattern: "/doc/workspaces/:workspace", page: "lab" },
  { pattern: "/doc/workspaces/:workspace/tree/*path", page: "lab" },
  { pattern: "/tree/*path", page: "tree" },
  { pattern: "/notebooks/*path", page: "notebooks" },
  { pattern: "/edit/*path", page: "edit" },
  { pattern: "/consoles/*path", page: "consoles" },
];

/** / and the pages. */
export function pageRoutes(options: PageOptions): Route[] {
  const { baseUrl } = options;
  return [
    {
      method: "GET",
      pattern: "/",
      access: "page",
      handle: (exchange) => {
        if (!dropToken(options, exchange)) redirect(exchange, `${baseUrl}lab`);
      },
    },
    ...PAGES.map(({ pattern, page }) => ({
      method: "GET",
      pattern,
      access: "page" as const,
      handle: (exchange: Exchange) => show(options, exchange, pattern, page),
    })),
  ];
}

function show(options: PageOptions, exchange: Exchange, pattern: string, name: string): void {
  if (dropToken(options, exchange)) return;
  const { guard, frontEnd, baseUrl } = options;
  const page = frontEnd.page(name);
  if (page === undefined || frontEnd.fault !== undefined) {
    sendHtml(exchange, 503, renderFault(frontEnd.fault ?? `The front end has no page "${name}".`));
    return;
  }
  const cookies = guard.pageCookies(exchange.request);
  if (cookies.length > 0) exchange.response.setHeader("Set-Cookie", cookies);
  const mode = pattern.startsWith("/doc") ? "single-document" : "multiple-document";
  const { path = "", workspace = "" } = exchange.params;
  const data = {
    "jupyter-config-data": { ...page.config, ...config(options, { mode, path, workspace }) },
    "gradlab-settings": options.settings(),
  };
  sendHtml(exchange, 200, renderPage(page, baseUrl, data));
}

/** An address with the token becomes a cookie and an address that may be seen. */
function dropToken({ guard, baseUrl }: PageOptions, exchange: Exchange): boolean {
  if (!exchange.query.has("token")) return false;
  if (guard.hasTokenInAddress(exchange)) exchange.response.setHeader("Set-Cookie", guard.loginCookies());
  const query = new URLSearchParams(exchange.query);
  query.delete("token");
  const rest = query.size > 0 ? `?${query.toString()}` : "";
  redirect(exchange, `${baseUrl}${encodePath(exchange.segments.join("/"))}${rest}`);
  return true;
}

interface Shown {
  readonly mode: string;
  readonly path: string;
  readonly workspace: string;
}

/** What the server knows and the build does not. */
function config({ baseUrl, root, frontEnd, tutorialsPath }: PageOptions, shown: Shown): Json {
  const lab = `${baseUrl}lab/`;
  const notebook = text(frontEnd.versions()["notebook"]).split(".").map(Number);
  return {
    baseUrl,
    wsUrl: "",
    token: "",
    fullStaticUrl: `${baseUrl}static`,
    fullLabextensionsUrl: `${lab}extensions`,
    fullSettingsUrl: `${lab}api/settings`,
    fullThemesUrl: `${lab}api/themes`,
    fullAppUrl: `${baseUrl}lab`,
    labextensionsUrl: `${lab}extensions`,
    settingsUrl: `${lab}api/settings`,
    themesUrl: `${lab}api/themes`,
    translationsApiUrl: `${lab}api/translations`,
    workspacesApiUrl: `${lab}api/workspaces`,
    licensesUrl: `${lab}api/licenses`,
    listingsUrl: `${lab}api/listings`,
    treeUrl: `${lab}tree`,
    terminalsAvailable: "false",
    // Else the kernel would seem busy for a moment, again and again.
    untracked_message_types: JSON.stringify([POLLED]),
    serverRoot: root.folder,
    mode: shown.mode,
    workspace: shown.workspace === "" ? "default" : shown.workspace,
    treePath: shown.path,
    preferredPath: "",
    ...(tutorialsPath === "" ? {} : { tutorialsPath }),
    ...(notebook.length === 3 ? { notebookVersion: JSON.stringify(notebook) } : {}),
  };
}
