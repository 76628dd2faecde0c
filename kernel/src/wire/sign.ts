import { createHmac, createSecretKey, timingSafeEqual } from "node:crypto";

/** Signs the four JSON frames of a message, and verifies them in constant time. */
export interface Signer {
  readonly sign: (frames: readonly Buffer[]) => Buffer;
  /** False as well for a message whose signature was seen before (a replay). */
  readonly accept: (signature: Buffer, frames: readonly Buffer[]) => boolean;
}

/** How many signatures are remembered against replays. */
const REMEMBERED = 65_536;

/** HMAC by the connection file's scheme (`hmac-sha256`) and key; an empty key switches signing off. */
export function createSigner(scheme: string, key: string): Signer {
  if (key === "") return { sign: () => Buffer.alloc(0), accept: () => true };
  const algorithm = scheme.slice("hmac-".length);
  const secret = createSecretKey(key, "utf8");
  const sign = (frames: readonly Buffer[]): Buffer => {
    const hmac = createHmac(algorithm, secret);
    for (const frame of frames) hmac.update(frame);
    return Buffer.from(hmac.digest("hex"), "latin1");
  };
  const seen = new Set<string>();
  const accept = (signature: Buffer, frames: readonly Buffer[]): boolean => {
    const expected = sign(frames);
    if (signature.length !== expected.length || !timingSafeEqual(signature, expected)) return false;
    const text = signature.toString("latin1");
    if (seen.has(text)) return false;
    seen.add(text);
    if (seen.size > REMEMBERED) seen.delete(seen.values().next().value as string);
    return true;
  };
  return { sign, accept };
}
