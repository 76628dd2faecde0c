import { createHmac, randomBytes } from "node:crypto";
import { safeEqual } from "./safe-equal.js";

/** Seconds that a login lasts. */
export const TICKET_AGE = 30 * 24 * 3600;

/** A login cookie's value: when it ends and a random part, under an HMAC. */
export function issueTicket(key: Buffer, now = Date.now()): string {
  const body = `${Math.floor(now / 1000) + TICKET_AGE}.${randomBytes(16).toString("hex")}`;
  return `${body}.${sign(key, body)}`;
}

export function isValidTicket(key: Buffer, ticket: string, now = Date.now()): boolean {
  const at = ticket.lastIndexOf(".");
  const body = ticket.slice(0, Math.max(0, at));
  if (!safeEqual(ticket.slice(at + 1), sign(key, body))) return false;
  return Number(body.split(".")[0]) > now / 1000;
}

function sign(key: Buffer, body: string): string {
  return createHmac("sha256", key).update(body).digest("hex");
}
