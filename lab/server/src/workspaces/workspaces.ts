import { createHash } from "node:crypto";
import { mkdirSync } from "node:fs";
import { readdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { fromSystem, ServerError } from "../errors.js";
import { isObject, type Json } from "../http/index.js";
import { writeAtomically } from "../root/index.js";

const ENDING = ".jupyterlab-workspace";

/** Saved layouts, one file each. */
export class Workspaces {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async list(): Promise<Json[]> {
    const names = await readdir(this.#folder).catch(() => []);
    const found = await Promise.all(
      names.filter((name) => name.endsWith(ENDING)).map((name) => this.#read(join(this.#folder, name))),
    );
    return found.filter((one) => one !== undefined);
  }

  /** One that was never saved is empty: front ends open new ones so. */
  async get(id: string): Promise<Json> {
    return (await this.#read(this.#file(id))) ?? { data: {}, metadata: { id } };
  }

  async set(id: string, body: Json): Promise<void> {
    const metadata = body["metadata"];
    if (!isObject(body["data"]) || !isObject(metadata) || metadata["id"] !== id) {
      throw new ServerError(
        "E_BAD_REQUEST",
        "A workspace has data and metadata, with the id of its address.",
      );
    }
    try {
      mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
      await writeAtomically(this.#file(id), JSON.stringify({ data: body["data"], metadata: { id } }));
    } catch (error) {
      throw fromSystem(error, id);
    }
  }

  async remove(id: string): Promise<void> {
    await rm(this.#file(id)).catch((error: unknown) => {
      throw fromSystem(error, id);
    });
  }

  /** A damaged file counts as none. */
  async #read(file: string): Promise<Json | undefined> {
    try {
      const json: unknown = JSON.parse(await readFile(file, "utf8"));
      if (!isObject(json) || !isObject(json["metadata"])) return undefined;
      const { mtime, ctime } = await stat(file);
      const metadata = {
        ...json["metadata"],
        last_modified: mtime.toISOString(),
        created: ctime.toISOString(),
      };
      return { ...json, metadata };
    } catch {
      return undefined;
    }
  }

  /** Ids may hold anything: the name keeps what is readable and a digest keeps them apart. */
  #file(id: string): string {
    const readable = id.replace(/[^A-Za-z0-9_-]+/g, "-").slice(0, 60);
    const digest = createHash("sha256").update(id).digest("hex").slice(0, 12);
    return join(this.#folder, `${readable}-${digest}${ENDING}`);
  }
}
