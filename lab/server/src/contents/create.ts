import { mkdir, readdir } from "node:fs/promises";
import { copyFile, constants } from "node:fs/promises";
import { extname } from "node:path";
import { fromSystem, ServerError } from "../errors.js";
import { emptyNotebook, formatNotebook } from "../notebook/index.js";
import { type Located, writeAtomically } from "../root/index.js";
import type { Contents } from "./contents.js";
import { describe, type Model } from "./model.js";

/** POST: a new notebook, file or folder in `folder`, under a name that is free. */
export async function createUntitled(
  contents: Contents,
  folder: string,
  type: string,
  extension: string,
): Promise<Model> {
  const located = await contents.root.locateExisting(folder);
  if (/[/\\]/.test(extension)) throw new ServerError("E_BAD_REQUEST", "The ending holds a slash.");
  const kind = type || (extension === ".ipynb" ? "notebook" : "file");
  try {
    const names = new Set(await readdir(located.target));
    switch (kind) {
      case "directory":
        return await make(contents, located, freeName(names, "Untitled Folder", "", " "), (at) => mkdir(at));
      case "notebook":
        return await make(contents, located, freeName(names, "Untitled", ".ipynb", ""), async (at) => {
          await writeAtomically(at, formatNotebook(emptyNotebook()));
          contents.options.store.notary.sign(emptyNotebook());
        });
      case "file":
        return await make(contents, located, freeName(names, "untitled", extension, ""), async (at) => {
          await writeAtomically(at, "");
        });
      default:
        throw new ServerError("E_BAD_REQUEST", `Unknown type ${JSON.stringify(type)}.`);
    }
  } catch (error) {
    throw fromSystem(error, located.path);
  }
}

/** POST with `copy_from`: a copy of a file in `folder`, named `NAME-Copy1.ext`. */
export async function copyInto(contents: Contents, source: string, folder: string): Promise<Model> {
  const [from, to] = [await contents.root.locateExisting(source), await contents.root.locateExisting(folder)];
  if ((await describe(from)).type === "directory") {
    throw new ServerError("E_BAD_REQUEST", "Folders cannot be copied.", { where: from.path });
  }
  const name = from.path.slice(from.path.lastIndexOf("/") + 1);
  const extension = extname(name);
  const stem = name.slice(0, name.length - extension.length).replace(/-Copy\d*$/, "");
  try {
    const names = new Set(await readdir(to.target));
    return await make(contents, to, freeName(names, stem, extension, "-Copy", 1), (at) =>
      copyFile(from.target, at, constants.COPYFILE_EXCL),
    );
  } catch (error) {
    throw fromSystem(error, from.path);
  }
}

/** `Untitled.ipynb`, `Untitled1.ipynb`, …; counting from `first` where the plain name is not wanted. */
function freeName(
  names: ReadonlySet<string>,
  stem: string,
  extension: string,
  insert: string,
  first = 0,
): string {
  for (let i = first; ; i += 1) {
    const name = i === 0 ? `${stem}${extension}` : `${stem}${insert}${i}${extension}`;
    if (!names.has(name)) return name;
  }
}

async function make(
  contents: Contents,
  folder: Located,
  name: string,
  write: (at: string) => Promise<unknown>,
): Promise<Model> {
  const located = await contents.root.locate(folder.path === "" ? name : `${folder.path}/${name}`);
  await write(located.target);
  return describe({ ...located, exists: true });
}
