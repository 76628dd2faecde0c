import type { Dirent, Stats } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { fromSystem, ServerError } from "../errors.js";
import { mimeType } from "../http/index.js";
import type { Located, RootFolder } from "../root/index.js";
import { Checkpoints } from "./checkpoints.js";
import { HASH_ALGORITHM, hashFile } from "./hash.js";
import { describe, type Model, type ModelFormat, type ModelType, typeOf } from "./model.js";
import type { NotebookHooks, NotebookStore } from "./notebook-store.js";
import { Uploads } from "./uploads.js";

export interface ContentsOptions {
  readonly root: RootFolder;
  readonly store: NotebookStore;
  readonly hooks: NotebookHooks;
  /** Whether a folder that is not empty may be deleted; by default it may not. */
  readonly deleteNonEmpty: boolean;
  /** A file or folder has another path now. */
  readonly onRename: (from: string, to: string) => void;
}

export interface ReadOptions {
  readonly type?: ModelType;
  readonly format?: ModelFormat;
  readonly content: boolean;
  readonly hash: boolean;
}

/** Reads files and folders; its other parts write them. */
export class Contents {
  readonly options: ContentsOptions;
  readonly checkpoints: Checkpoints;
  readonly uploads = new Uploads();

  constructor(options: ContentsOptions) {
    this.options = options;
    this.checkpoints = new Checkpoints(options.root);
  }

  get root(): RootFolder {
    return this.options.root;
  }

  /** The model of `path`; throws E_NOT_FOUND, or E_BAD_REQUEST when it is not of the type asked for. */
  async read(path: string, options: ReadOptions): Promise<Model> {
    const located = await this.root.locateExisting(path);
    try {
      return await this.#read(located, options);
    } catch (error) {
      throw fromSystem(error, located.path);
    }
  }

  async #read(located: Located, options: ReadOptions): Promise<Model> {
    const first = await stat(located.target);
    const type = checkType(located, first, options.type);
    if (type === "directory") return this.#readFolder(located, first, options);
    if (type === "notebook" && options.content) return this.#readNotebook(located, options);
    const model = { ...(await describe(located, first)), type };
    const filled = options.content ? await readFileContent(located, model, options.format) : model;
    if (!options.hash) return filled;
    const hash = this.options.hooks.hashFor(located.path, await hashFile(located.target));
    return { ...filled, hash, hash_algorithm: HASH_ALGORITHM };
  }

  async #readNotebook(located: Located, options: ReadOptions): Promise<Model> {
    if (options.format !== undefined && options.format !== "json") {
      throw new ServerError("E_BAD_REQUEST", `A notebook has no format ${options.format}.`, {
        where: located.path,
        hint: "Ask for type file to get its text.",
      });
    }
    await this.options.hooks.beforeRead(located.path);
    // time and content of one state: whoever saves holds the lock
    return this.options.store.locks.run(located.target, async () => {
      const { notebook, hash } = await this.options.store.read(located);
      const model = await describe(located);
      this.options.hooks.onRead(located.path, notebook);
      const content = this.options.store.notary.mark(notebook);
      const told = options.hash
        ? { hash: this.options.hooks.hashFor(located.path, hash), hash_algorithm: HASH_ALGORITHM }
        : {};
      return { ...model, type: "notebook" as const, format: "json" as const, content, ...told };
    });
  }

  async #readFolder(located: Located, stats: Stats, options: ReadOptions): Promise<Model> {
    const model = await describe(located, stats);
    if (!options.content) return model;
    const entries = await readdir(located.target, { withFileTypes: true });
    const shown = entries.filter((entry) => !this.root.isHidden(entry.name));
    const models = await Promise.all(shown.map((entry) => this.#describeEntry(located, entry)));
    const content = models.filter((one) => one !== undefined);
    return { ...model, format: "json", content };
  }

  /** Undefined for what cannot be opened: broken links, links that lead outside, sockets, pipes, devices. */
  async #describeEntry(parent: Located, entry: Dirent): Promise<Model | undefined> {
    const path = parent.path === "" ? entry.name : `${parent.path}/${entry.name}`;
    const inside = join(parent.target, entry.name);
    try {
      const located = entry.isSymbolicLink()
        ? await this.root.locate(path)
        : { path, entry: inside, target: inside, exists: true };
      const stats = await stat(located.target);
      return stats.isFile() || stats.isDirectory() ? await describe(located, stats) : undefined;
    } catch {
      return undefined;
    }
  }
}

function checkType(located: Located, stats: Stats, asked: ModelType | undefined): ModelType {
  const refuse = (sentence: string): ServerError =>
    new ServerError("E_BAD_REQUEST", sentence, {
      where: located.path,
      hint: "Ask for another type, or for none.",
    });
  if (stats.isDirectory()) {
    if (asked !== undefined && asked !== "directory") throw refuse("It is a folder, not a file.");
    return "directory";
  }
  if (!stats.isFile()) throw refuse("It is not a regular file.");
  if (asked === "directory") throw refuse("It is a file, not a folder.");
  return asked ?? typeOf(located.path);
}

async function readFileContent(
  located: Located,
  model: Model,
  asked: ModelFormat | undefined,
): Promise<Model> {
  const data = await readFile(located.target);
  const text = asked === "base64" ? undefined : decodeText(data);
  if (text !== undefined) {
    return { ...model, format: "text", content: text, mimetype: mimeType(located.path) ?? "text/plain" };
  }
  if (asked === "text" || asked === "json") {
    throw new ServerError("E_BAD_REQUEST", "The file is not text in UTF-8.", {
      where: located.path,
      hint: "Download it, or ask for format base64.",
    });
  }
  const mimetype = mimeType(located.path) ?? "application/octet-stream";
  return { ...model, format: "base64", content: data.toString("base64"), mimetype };
}

/** Undefined when it is not UTF-8. */
function decodeText(data: Buffer): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(data);
  } catch {
    return undefined;
  }
}
