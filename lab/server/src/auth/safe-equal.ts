import { createHash, timingSafeEqual } from "node:crypto";

/** Compares two texts in a time that tells nothing of where, or whether in length, they differ. */
export function safeEqual(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash("sha256").update(text, "utf8").digest();
  return timingSafeEqual(digest(a), digest(b));
}
