import type { MimeBundle } from "../link/index.js";
import { jsonSafe } from "./json-safe.js";

export type { MimeBundle };

const MIME = /^(text|image|application|audio|video|model)\/[\w.+-]+(;.*)?$/;

/** A plain object of nothing but MIME types with data that they can have. */
export function isBundle(value: unknown): value is MimeBundle {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const entries = Object.entries(value);
  return entries.length > 0 && entries.every(([type, data]) => MIME.test(type) && canBe(type, data));
}

function canBe(type: string, data: unknown): boolean {
  return typeof data === "string" || data instanceof Uint8Array || (isJson(type) && typeof data === "object");
}

const isJson = (type: string): boolean => type === "application/json" || type.endsWith("+json");

/** As the protocol asks: binary data as base64, JSON that can be sent, text elsewhere; undefined entries go. */
export function cleanBundle(bundle: MimeBundle): MimeBundle {
  const clean: MimeBundle = {};
  for (const [type, data] of Object.entries(bundle)) {
    if (data === undefined || data === null) continue;
    if (data instanceof Uint8Array)
      clean[type] = Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("base64");
    else if (typeof data === "string") clean[type] = data;
    else if (isJson(type)) clean[type] = jsonSafe(data);
    // nbformat keeps text as a list of lines
    else if (Array.isArray(data) && data.every((line) => typeof line === "string"))
      clean[type] = data.join("");
    else
      clean[type] = typeof data === "object" ? (JSON.stringify(jsonSafe(data)) ?? "") : `${data as number}`;
  }
  return clean;
}
