import { constants, mkdir, open, rename, rm, type FileHandle } from "node:fs/promises";
import { dirname } from "node:path";
import type { Hash } from "node:crypto";
import { GradlabError } from "../errors.js";
import type { RepoCache } from "./cache.js";
import { digestFile, startDigest } from "./digest.js";
import { named } from "./disk.js";
import { withLock } from "./lock.js";
import { nameOf, pageOf, type Subject } from "./refusal.js";
import { openBody, type OpenBody } from "./request.js";
import { Transient, withRetries } from "./retry.js";
import { isSound, noteSound } from "./sound.js";

/** A file as the hub lists it. */
export interface RemoteFile {
  readonly path: string;
  readonly size: number;
  /** SHA-256 of a large file, Git's SHA-1 of a small one. */
  readonly hash: string;
}

/** A file to bring into the cache. */
export interface Order {
  readonly file: RemoteFile;
  readonly url: URL;
  readonly cache: RepoCache;
  readonly subject: Subject;
  readonly onBytes: (bytes: number) => void;
}

/**
 * Brings a file's bytes into the cache: what another process or an earlier, broken run has fetched is not fetched
 * again. Bytes go to `blobs/<hash>.incomplete`, and become `blobs/<hash>` when they have that hash.
 *
 * @returns where they came from
 * @throws E_HUB, E_HUB_ACCESS, E_DISK_FULL, E_CONFIG, E_CANCELLED
 */
export async function fetchBlob(order: Order): Promise<"cache" | "network"> {
  const { cache, subject, file } = order;
  const { signal } = subject.settings;
  return named(cache.folder, () =>
    withLock(cache.lock(file.hash), signal, async (locked) => {
      if (await isSound(cache, file.hash, false)) return "cache";
      const blob = cache.blob(file.hash);
      await mkdir(dirname(blob), { recursive: true });
      const own = `${process.pid}-${Math.random().toString(36).slice(2)}.`;
      const partial = `${blob}.${locked ? "" : own}incomplete`;
      try {
        await fillPartial(partial, order);
        await rename(partial, blob);
      } finally {
        if (!locked) await rm(partial, { force: true });
      }
      await noteSound(cache, file.hash);
      return "network";
    }),
  );
}

/** Fills a partial file and checks its hash; a wrong one is fetched afresh once. */
async function fillPartial(path: string, order: Order): Promise<void> {
  const partial = await PartialFile.open(path, order.file);
  try {
    for (let afresh = false; ; afresh = true) {
      await withRetries(order.subject.settings, () => fetchRest(partial, order), {
        progress: () => partial.length,
      });
      if (partial.isRight()) break;
      await partial.clear();
      if (afresh) throw wrongBytes(order);
    }
    await partial.handle.sync();
  } finally {
    await partial.handle.close();
  }
}

const wrongBytes = ({ subject, file }: Order): GradlabError =>
  new GradlabError("E_HUB", `The bytes of ${nameOf(subject)} do not have the hash that the hub lists.`, {
    where: pageOf(subject),
    hint: "They were fetched twice. Try again later, or another HF_ENDPOINT; nothing wrong was kept.",
    details: { expected: file.hash },
  });

/** One request for the bytes that are missing. @throws Transient when fewer come */
async function fetchRest(partial: PartialFile, { file, url, subject, onBytes }: Order): Promise<void> {
  if (partial.length === file.size) return;
  const body = await openBody(url, partial.length, subject);
  if (startOf(body, partial.length) === 0) await partial.clear();
  if (body.response.status === 416) throw new Transient(`${url.host} has no such bytes.`, undefined);
  for await (const chunk of body.chunks) {
    // More than the whole file is wrong whatever it is: the hash will say so.
    const bytes = chunk.subarray(0, file.size - partial.length);
    await partial.append(bytes);
    onBytes(partial.length);
    if (bytes.length < chunk.length) return partial.spoil();
  }
  if (partial.length < file.size) {
    const got = `${partial.length} of ${file.size} bytes`;
    throw new Transient(`${url.host} ended ${nameOf(subject)} after ${got}.`, undefined);
  }
}

/** Where a body's bytes begin: a server may give the whole file although a part was asked for. */
function startOf({ response }: OpenBody, asked: number): number {
  const range = /^bytes (\d+)-/.exec(response.headers.get("content-range") ?? "");
  return response.status === 206 && range !== null && Number(range[1]) === asked ? asked : 0;
}

/** A file that is being fetched, hashed as it grows. */
class PartialFile {
  length = 0;
  #digest: Hash;
  #spoilt = false;

  private constructor(
    readonly handle: FileHandle,
    private readonly file: RemoteFile,
  ) {
    this.#digest = startDigest(file.hash, file.size);
  }

  /** What an earlier run has fetched counts, as far as it can be. */
  static async open(path: string, file: RemoteFile): Promise<PartialFile> {
    const handle = await open(path, constants.O_RDWR | constants.O_CREAT, 0o644);
    const partial = new PartialFile(handle, file);
    try {
      const { size } = await handle.stat();
      if (size > file.size) {
        await handle.truncate(0);
        return partial;
      }
      await digestFile(partial.#digest, path, size);
      partial.length = size;
      return partial;
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  async append(bytes: Uint8Array): Promise<void> {
    for (let done = 0; done < bytes.length;) {
      const { bytesWritten } = await this.handle.write(bytes, done, bytes.length - done, this.length + done);
      done += bytesWritten;
    }
    this.#digest.update(bytes);
    this.length += bytes.length;
  }

  /** Marks bytes that cannot be right. */
  spoil(): void {
    this.#spoilt = true;
  }

  async clear(): Promise<void> {
    if (this.length > 0) await this.handle.truncate(0);
    this.length = 0;
    this.#spoilt = false;
    this.#digest = startDigest(this.file.hash, this.file.size);
  }

  isRight(): boolean {
    return !this.#spoilt && this.#digest.copy().digest("hex") === this.file.hash;
  }
}
