import { copyFile, mkdir, readFile, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, extname, join } from "node:path";
import { fromSystem, ServerError } from "../errors.js";
import { type Located, type RootFolder, writeAtomically } from "../root/index.js";

export const CHECKPOINT_FOLDER = ".ipynb_checkpoints";
/** There is one checkpoint of a file, as in jupyter_server. */
const ID = "checkpoint";

export interface Checkpoint {
  readonly id: string;
  readonly last_modified: string;
}

/** Copies of files to go back to, in `.ipynb_checkpoints` beside them. */
export class Checkpoints {
  readonly #root: RootFolder;

  constructor(root: RootFolder) {
    this.#root = root;
  }

  async list(path: string): Promise<Checkpoint[]> {
    const located = await this.#file(path);
    return describe(checkpointPath(located.target)).then(
      (checkpoint) => [checkpoint],
      () => [],
    );
  }

  async create(path: string): Promise<Checkpoint> {
    const located = await this.#file(path);
    const copy = checkpointPath(located.target);
    try {
      await mkdir(dirname(copy), { recursive: true });
      // whole or not at all: a half-written checkpoint is worse than an old one
      const temporary = `${copy}.${process.pid}.tmp`;
      await copyFile(located.target, temporary);
      await rename(temporary, copy);
      return await describe(copy);
    } catch (error) {
      throw fromSystem(error, located.path);
    }
  }

  async restore(path: string, id: string): Promise<void> {
    const located = await this.#file(path);
    await writeAtomically(located.target, await this.#read(located, id));
  }

  async remove(path: string, id: string): Promise<void> {
    const located = await this.#file(path);
    await this.#read(located, id);
    await rm(checkpointPath(located.target), { force: true });
  }

  /** The file has another name: its checkpoint goes with it. */
  async move(from: Located, to: Located): Promise<void> {
    const [old, next] = [checkpointPath(from.entry), checkpointPath(to.entry)];
    const exists = await stat(old).catch(() => undefined);
    if (exists?.isFile() !== true) return;
    await mkdir(dirname(next), { recursive: true });
    await rename(old, next);
  }

  async removeAll(located: Located): Promise<void> {
    await rm(checkpointPath(located.entry), { force: true });
  }

  async #file(path: string): Promise<Located> {
    const located = await this.#root.locateExisting(path);
    if ((await stat(located.target)).isFile()) return located;
    throw new ServerError("E_BAD_REQUEST", "Only files have checkpoints.", { where: located.path });
  }

  async #read(located: Located, id: string): Promise<Buffer> {
    const gone = (): never => {
      throw new ServerError("E_NOT_FOUND", "There is no such checkpoint.", { where: located.path });
    };
    return id === ID ? readFile(checkpointPath(located.target)).catch(gone) : gone();
  }
}

function checkpointPath(file: string): string {
  const extension = extname(file);
  return join(dirname(file), CHECKPOINT_FOLDER, `${basename(file, extension)}-${ID}${extension}`);
}

async function describe(path: string): Promise<Checkpoint> {
  return { id: ID, last_modified: (await stat(path)).mtime.toISOString() };
}
