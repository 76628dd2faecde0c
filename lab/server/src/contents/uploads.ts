import { type FileHandle, rename, rm } from "node:fs/promises";
import { ServerError } from "../errors.js";
import { openTemporary } from "../root/index.js";

interface Upload {
  readonly path: string;
  readonly file: FileHandle;
  next: number;
  timer: NodeJS.Timeout;
}

/** ms after which an upload that nobody continues is dropped. */
const IDLE = 10 * 60 * 1000;

/** Files that arrive in chunks 1, 2, …, -1: they take their place whole, with the last. */
export class Uploads {
  readonly #open = new Map<string, Upload>();

  /** Takes one chunk; true when the file is complete. Throws E_BAD_REQUEST for a chunk out of order. */
  async take(target: string, chunk: number, data: Buffer): Promise<boolean> {
    if (chunk === 1) await this.#begin(target);
    const upload = this.#open.get(target);
    if (upload === undefined || (chunk !== -1 && chunk !== upload.next)) {
      await this.drop(target);
      throw new ServerError("E_BAD_REQUEST", `Chunk ${chunk} of the upload does not follow the one before.`, {
        hint: "Upload the file again.",
      });
    }
    upload.timer.refresh();
    upload.next += 1;
    try {
      await upload.file.writeFile(data);
      if (chunk !== -1) return false;
      await upload.file.sync();
      await upload.file.close();
      await rename(upload.path, target);
    } catch (error) {
      await this.drop(target);
      throw error;
    }
    clearTimeout(upload.timer);
    this.#open.delete(target);
    return true;
  }

  /** Forgets all that is incomplete. */
  async close(): Promise<void> {
    await Promise.all([...this.#open.keys()].map((target) => this.drop(target)));
  }

  async drop(target: string): Promise<void> {
    const upload = this.#open.get(target);
    if (upload === undefined) return;
    this.#open.delete(target);
    clearTimeout(upload.timer);
    await upload.file.close().catch(() => {});
    await rm(upload.path, { force: true });
  }

  async #begin(target: string): Promise<void> {
    await this.drop(target);
    const { path, file } = await openTemporary(target);
    const timer = setTimeout(() => void this.drop(target), IDLE).unref();
    this.#open.set(target, { path, file, next: 1, timer });
  }
}
