import { mkdir } from "node:fs/promises";
import { fromSystem, ServerError } from "../errors.js";
import type { Json } from "../http/index.js";
import { checkNotebook } from "../notebook/index.js";
import { type Located, writeAtomically } from "../root/index.js";
import type { Contents } from "./contents.js";
import { HASH_ALGORITHM, hashOf } from "./hash.js";
import { describe, type Model } from "./model.js";

/** Saved model and whether there was nothing at the path before. */
export interface Saved {
  readonly model: Model;
  readonly created: boolean;
}

/** PUT: stores `body.content` at `path`, as its type and format say. */
export async function save(contents: Contents, path: string, body: Json): Promise<Saved> {
  const located = await contents.root.locate(path);
  if (located.path === "") throw bad("The folder that the server shows cannot be replaced.", located);
  try {
    const hash = await store(contents, located, body);
    const model = await describe(await contents.root.locateExisting(path));
    const told = hash === undefined ? {} : { hash, hash_algorithm: HASH_ALGORITHM };
    return { model: { ...model, ...told }, created: !located.exists };
  } catch (error) {
    throw fromSystem(error, located.path);
  }
}

/** The hash of what was stored; undefined for folders and parts of files. */
async function store(contents: Contents, located: Located, body: Json): Promise<string | undefined> {
  const { type, content, chunk } = body;
  switch (type) {
    case "directory":
      await makeFolder(located);
      return undefined;
    case "notebook":
      return chunk === undefined || chunk === null
        ? saveNotebook(contents, located, content)
        : saveChunk(contents, located, chunk, encode(body, located));
    case "file":
      return chunk === undefined || chunk === null
        ? saveFile(contents, located, encode(body, located))
        : saveChunk(contents, located, chunk, encode(body, located));
    default:
      throw bad(
        `The type is ${JSON.stringify(type) ?? "missing"}, not directory, notebook or file.`,
        located,
      );
  }
}

async function makeFolder(located: Located): Promise<void> {
  if (!located.exists) return mkdir(located.target);
  const { type } = await describe(located);
  if (type !== "directory") throw bad("There is a file of that name.", located);
}

async function saveNotebook(contents: Contents, located: Located, content: unknown): Promise<string> {
  if (content === undefined || content === null) throw bad("The request holds no content.", located);
  const sent = checkNotebook(content, located.path);
  const { store: notebooks, hooks } = contents.options;
  return notebooks.locks.run(located.target, async () => {
    const hash = await notebooks.save(located, hooks.onSave(located.path, sent));
    return hooks.hashFor(located.path, hash);
  });
}

async function saveFile(contents: Contents, located: Located, data: Buffer): Promise<string> {
  await contents.options.store.locks.run(located.target, () => writeAtomically(located.target, data));
  return hashOf(data);
}

async function saveChunk(
  contents: Contents,
  located: Located,
  chunk: unknown,
  data: Buffer,
): Promise<undefined> {
  if (typeof chunk !== "number" || !Number.isInteger(chunk) || (chunk < 1 && chunk !== -1)) {
    throw bad("A chunk's number is 1, 2, … or -1 for the last.", located);
  }
  await contents.options.store.locks.run(located.target, () =>
    contents.uploads.take(located.target, chunk, data),
  );
  return undefined;
}

function encode({ content, format }: Json, located: Located): Buffer {
  if (typeof content !== "string") throw bad("The content of a file is a text.", located);
  if (format === "base64") return decodeBase64(content, located);
  if (format === "text" || format === undefined || format === null) return Buffer.from(content, "utf8");
  throw bad(`The format of a file is text or base64, not ${JSON.stringify(format)}.`, located);
}

function decodeBase64(text: string, located: Located): Buffer {
  const compact = text.replace(/\s+/g, "");
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(compact)) throw bad("The content is not base64.", located);
  return Buffer.from(compact, "base64");
}

function bad(sentence: string, located: Located): ServerError {
  return new ServerError("E_BAD_REQUEST", sentence, { where: located.path });
}
