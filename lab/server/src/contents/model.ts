import { constants, type Stats } from "node:fs";
import { access, stat } from "node:fs/promises";
import { mimeType } from "../http/index.js";
import type { Located } from "../root/index.js";

export type ModelType = "directory" | "notebook" | "file";
export type ModelFormat = "json" | "text" | "base64";

/** What the contents API says of one file or folder. */
export interface Model {
  readonly name: string;
  readonly path: string;
  readonly type: ModelType;
  readonly writable: boolean;
  readonly created: string;
  readonly last_modified: string;
  readonly size: number | null;
  readonly mimetype: string | null;
  readonly content: unknown;
  readonly format: ModelFormat | null;
  readonly hash: string | null;
  readonly hash_algorithm: string | null;
  /** Why the content was taken although something is wrong with it. */
  readonly message?: string;
}

/** The model without content. */
export async function describe(located: Located, known?: Stats): Promise<Model> {
  const stats = known ?? (await stat(located.target));
  const writable = await access(located.target, constants.W_OK).then(
    () => true,
    () => false,
  );
  const name = located.path.slice(located.path.lastIndexOf("/") + 1);
  const type = stats.isDirectory() ? "directory" : typeOf(name);
  return {
    name,
    path: located.path,
    type,
    writable,
    created: stats.ctime.toISOString(),
    last_modified: stats.mtime.toISOString(),
    size: stats.isDirectory() ? null : stats.size,
    mimetype: type === "file" ? (mimeType(name) ?? null) : null,
    content: null,
    format: null,
    hash: null,
    hash_algorithm: null,
  };
}

export function typeOf(name: string): ModelType {
  return name.endsWith(".ipynb") ? "notebook" : "file";
}
