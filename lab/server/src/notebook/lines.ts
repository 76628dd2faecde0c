import { isObject, type Json } from "../http/index.js";
import type { Cell, Notebook, NotebookOutput } from "./types.js";

/** Multi-line text is stored as one string or as a list of lines. */
export function joinLines(value: unknown): string {
  if (Array.isArray(value)) return value.map((part) => (typeof part === "string" ? part : "")).join("");
  return typeof value === "string" ? value : "";
}

/** One string → lines that keep their line ends, as Jupyter writes them. */
export function splitLines(text: string): string[] {
  return text === "" ? [] : text.split(/(?<=\n)/);
}

/** Lists of lines → strings, everywhere that nbformat allows both. */
export function joinCell(cell: Json): Json {
  const joined: Json = { ...cell, source: joinLines(cell["source"]) };
  if (Array.isArray(cell["outputs"]))
    joined["outputs"] = cell["outputs"].map((output) => joinOutput(output as Json));
  if (isObject(cell["attachments"])) joined["attachments"] = mapValues(cell["attachments"], joinBundle);
  return joined;
}

function joinOutput(output: Json): Json {
  if (output["output_type"] === "stream") return { ...output, text: joinLines(output["text"]) };
  return isObject(output["data"]) ? { ...output, data: joinBundle(output["data"]) } : output;
}

function joinBundle(bundle: unknown): unknown {
  if (!isObject(bundle)) return bundle;
  return mapValues(bundle, (value, mime) => (isJsonMime(mime) || !isLines(value) ? value : value.join("")));
}

function isLines(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((part) => typeof part === "string");
}

/** The data of JSON types are values, not text, even when they look like lines. */
function isJsonMime(mime: string): boolean {
  return mime === "application/json" || /^application\/.*\+json$/.test(mime);
}

/** The reverse of `joinCell`: what is stored. */
export function splitCell(cell: Cell): Json {
  const split: Json = { ...cell, source: splitLines(cell.source) };
  if (cell.cell_type === "code") split["outputs"] = cell.outputs.map(splitOutput);
  if (isObject(cell["attachments"])) split["attachments"] = mapValues(cell["attachments"], splitBundle);
  return split;
}

function splitOutput(output: NotebookOutput): Json {
  if (output.output_type === "stream") return { ...output, text: splitLines(joinLines(output["text"])) };
  return isObject(output["data"]) ? { ...output, data: splitBundle(output["data"]) } : output;
}

function splitBundle(bundle: unknown): unknown {
  if (!isObject(bundle)) return bundle;
  return mapValues(bundle, (value, mime) =>
    typeof value === "string" &&
    (mime.startsWith("text/") || mime.endsWith("+xml") || mime === "application/javascript")
      ? splitLines(value)
      : value,
  );
}

function mapValues(from: Json, change: (value: unknown, key: string) => unknown): Json {
  return Object.fromEntries(Object.entries(from).map(([key, value]) => [key, change(value, key)]));
}

/** Without what is of one machine only and never stored: trust marks and old signatures. */
export function stripTransient(notebook: Notebook): Notebook {
  const { orig_nbformat: _a, orig_nbformat_minor: _b, signature: _c, ...metadata } = notebook.metadata;
  const cells = notebook.cells.map((cell) => {
    if (!("trusted" in cell.metadata)) return cell;
    const { trusted: _d, ...rest } = cell.metadata;
    return { ...cell, metadata: rest };
  });
  return { ...notebook, metadata, cells };
}
