// Request → Route → Response: plain node:http, without a framework.
export { type Exchange, type Access } from "./exchange.js";
export { Router, type Route, type Handler } from "./router.js";
export { readBody, readJsonBody } from "./read-body.js";
export {
  redirect,
  sendEmpty,
  sendError,
  sendHtml,
  sendJson,
  sendText,
  API_POLICY,
  FILE_POLICY,
  PAGE_POLICY,
} from "./respond.js";
export { sendFile, type SendFileOptions } from "./send-file.js";
export { mimeType, isTextMime } from "./mime.js";
export { splitPath, encodePath } from "./split-path.js";
export { isObject, text, type Json } from "./json.js";
