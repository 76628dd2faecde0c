import { ServerError } from "../errors.js";
import type { NotebookStore } from "../contents/index.js";
import { attachment } from "../files/index.js";
import { type Exchange, FILE_POLICY, type Route, sendJson, sendText } from "../http/index.js";
import type { RootFolder } from "../root/index.js";
import { notebookToHtml } from "./to-html.js";
import { notebookToScript, scriptExtension } from "./to-script.js";

const FORMATS = { html: { output_mimetype: "text/html" }, script: { output_mimetype: "text/plain" } };

/** /api/nbconvert and /nbconvert/FORMAT/PATH: what "Save and Export Notebook As" offers. */
export function convertRoutes(root: RootFolder, store: NotebookStore): Route[] {
  return [
    {
      method: "GET",
      pattern: "/api/nbconvert",
      access: "api",
      handle: (exchange) => sendJson(exchange, 200, FORMATS),
    },
    {
      method: "GET",
      pattern: "/nbconvert/:format/*path",
      access: "file",
      handle: (exchange) => convert(root, store, exchange),
    },
  ];
}

async function convert(root: RootFolder, store: NotebookStore, exchange: Exchange): Promise<void> {
  const { format, path } = exchange.params;
  const located = await root.locateExisting(path);
  if (!Object.hasOwn(FORMATS, format)) {
    throw new ServerError("E_NOT_FOUND", `Notebooks cannot be exported as "${format}".`, {
      hint: "Export as html or script; other formats need nbconvert.",
    });
  }
  const { notebook } = await store.read(located);
  const name = located.path.slice(located.path.lastIndexOf("/") + 1).replace(/\.ipynb$/, "");
  const isHtml = format === "html";
  const ending = isHtml ? ".html" : scriptExtension(notebook);
  const download = exchange.query.get("download") ?? "false";
  sendText(exchange, 200, isHtml ? notebookToHtml(notebook, name) : notebookToScript(notebook), {
    "Content-Type": `text/${isHtml ? "html" : "plain"}; charset=utf-8`,
    "Content-Security-Policy": FILE_POLICY,
    ...(download === "false" || download === "0"
      ? {}
      : { "Content-Disposition": attachment(`${name}${ending}`) }),
  });
}
