import { copyFile, lstat, mkdir, readdir, realpath, rename, rm, symlink } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import { pathKind, readText, writeFileAtomic } from "../artifacts/index.js";
import type { Repo } from "./repo.js";

const COMMIT = /^[0-9a-f]{40}$/;

export const isCommit = (revision: string): boolean => COMMIT.test(revision);

/**
 * A repository's part of the cache, laid out as Python's huggingface_hub does: bytes in `blobs/` under the name of their
 * hash, a folder of links to them for each commit in `snapshots/`, and in `refs/` the commit that a branch was at.
 *
 * Source: huggingface.co/docs/huggingface_hub/guides/manage-cache
 */
export class RepoCache {
  readonly folder: string;
  readonly #locks: string;

  constructor(cacheDir: string, { type, name }: Repo) {
    const folder = [`${type}s`, ...name.split("/")].join("--");
    this.folder = join(cacheDir, folder);
    this.#locks = join(cacheDir, ".locks", folder);
  }

  blob(hash: string): string {
    return join(this.folder, "blobs", hash);
  }

  lock(hash: string): string {
    return join(this.#locks, `${hash}.lock`);
  }

  snapshot(commit: string): string {
    return join(this.folder, "snapshots", commit);
  }

  /** Where a note is kept that a blob was hashed and found whole. */
  checked(hash: string): string {
    return join(this.folder, ".gradlab-checked", hash);
  }

  /** The commit that a revision was at when it was last asked for. */
  async commitOf(revision: string): Promise<string | undefined> {
    if (isCommit(revision)) return revision;
    const file = join(this.folder, "refs", revision);
    const commit = (await pathKind(file)) === "file" ? (await readText(file)).trim() : "";
    return isCommit(commit) ? commit : undefined;
  }

  async setCommit(revision: string, commit: string): Promise<void> {
    if (isCommit(revision) || (await this.commitOf(revision)) === commit) return;
    await writeFileAtomic(join(this.folder, "refs", revision), commit);
  }

  /** Names of the files that a snapshot has, those in folders too; links to nothing are none. */
  async listSnapshot(commit: string): Promise<string[]> {
    const root = this.snapshot(commit);
    const names = await readdir(root, { recursive: true }).catch(() => []);
    const kinds = await Promise.all(names.map((name) => pathKind(join(root, name))));
    return names.filter((_, i) => kinds[i] === "file").map((name) => name.replaceAll("\\", "/"));
  }

  /** The hash that a snapshot's file is kept under; undefined for a file that is no link. */
  async hashOf(commit: string, path: string): Promise<string | undefined> {
    const file = await realpath(join(this.snapshot(commit), path));
    const blobs = await realpath(join(this.folder, "blobs")).catch(() => undefined);
    return dirname(file) === blobs ? basename(file) : undefined;
  }

  /** Makes a snapshot's file a link to its blob; a copy where links cannot be made. */
  async link(commit: string, path: string, hash: string): Promise<void> {
    const pointer = join(this.snapshot(commit), path);
    const there = await lstat(pointer).catch(() => undefined);
    if (there && (await this.hashOf(commit, path).catch(() => undefined)) === hash) return;
    await mkdir(dirname(pointer), { recursive: true });
    // Made under another name: whoever looks sees the old file or the new one.
    const temporary = `${pointer}.tmp-${process.pid}-${Math.random().toString(36).slice(2)}`;
    try {
      await symlink(relative(dirname(pointer), this.blob(hash)), temporary).catch(() =>
        copyFile(this.blob(hash), temporary),
      );
      await rename(temporary, pointer);
    } finally {
      await rm(temporary, { force: true });
    }
  }
}
