import { marked } from "marked";
import { escapeHtml } from "../auth/index.js";
import { isObject, type Json, text } from "../http/index.js";
import { joinLines, type NotebookOutput } from "../notebook/index.js";
import { ansiToHtml } from "./ansi.js";

/** MIME types in the order of preference, and how each is shown. */
const RENDERERS: readonly (readonly [string, (value: unknown) => string])[] = [
  ["text/html", joinLines],
  ["text/markdown", (value) => markdown(joinLines(value))],
  // as a picture it cannot run scripts and its ids do not meet those of others
  ["image/svg+xml", (value) => picture("image/svg+xml", Buffer.from(joinLines(value)).toString("base64"))],
  ["image/png", (value) => picture("image/png", joinLines(value))],
  ["image/jpeg", (value) => picture("image/jpeg", joinLines(value))],
  ["image/gif", (value) => picture("image/gif", joinLines(value))],
  ["text/latex", (value) => `<pre>${escapeHtml(joinLines(value))}</pre>`],
  ["text/plain", (value) => `<pre>${ansiToHtml(joinLines(value))}</pre>`],
  ["application/json", (value) => `<pre>${escapeHtml(JSON.stringify(value, null, 2))}</pre>`],
];

/** One output of a code cell as HTML. */
export function renderOutput(output: NotebookOutput): string {
  switch (output.output_type) {
    case "stream":
      return `<pre class="${output["name"] === "stderr" ? "stderr" : "stdout"}">${ansiToHtml(joinLines(output["text"]))}</pre>`;
    case "error":
      return `<pre class="error">${ansiToHtml(traceback(output))}</pre>`;
    default:
      return renderBundle(isObject(output["data"]) ? output["data"] : {});
  }
}

export function markdown(source: string): string {
  return marked.parse(source, { async: false, gfm: true });
}

function renderBundle(data: Json): string {
  const found = RENDERERS.find(([mime]) => data[mime] !== undefined);
  if (found !== undefined) return found[1](data[found[0]]);
  const types = Object.keys(data).join(", ");
  return types === "" ? "" : `<p class="unknown">[output of type ${escapeHtml(types)}]</p>`;
}

function traceback(output: NotebookOutput): string {
  const lines = output["traceback"];
  return Array.isArray(lines) && lines.length > 0
    ? lines.map(String).join("\n")
    : `${text(output["ename"])}: ${text(output["evalue"])}`;
}

function picture(type: string, base64: string): string {
  return `<img alt="" src="data:${type};base64,${base64.replace(/[^A-Za-z0-9+/=]/g, "")}">`;
}
