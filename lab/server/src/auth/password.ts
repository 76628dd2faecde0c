import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";

/** Cost of scrypt (RFC 7914): 64 MiB and about 0.2 s for one guess. */
const COST = { N: 65_536, r: 8, p: 1 } as const;
const LENGTH = 32;

/** `scrypt:N:r:p:salt:hash`, in hex: what may be stored in place of the password. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16);
  const hash = await derive(password, salt, COST.N, COST.r, COST.p);
  return ["scrypt", COST.N, COST.r, COST.p, salt.toString("hex"), hash.toString("hex")].join(":");
}

export async function verifyPassword(password: string, stored: string): Promise<boolean> {
  const [scheme, N, r, p, salt, hash] = stored.split(":");
  if (scheme !== "scrypt" || salt === undefined || hash === undefined) return false;
  const expected = Buffer.from(hash, "hex");
  const actual = await derive(password, Buffer.from(salt, "hex"), Number(N), Number(r), Number(p));
  return expected.length === actual.length && timingSafeEqual(expected, actual);
}

function derive(password: string, salt: Buffer, N: number, r: number, p: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const options = { N, r, p, maxmem: 256 * N * r };
    scrypt(password.normalize("NFKC"), salt, LENGTH, options, (error, key) =>
      error === null ? resolve(key) : reject(error),
    );
  });
}
