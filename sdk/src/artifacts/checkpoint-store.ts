import { mkdir, readdir, rm, stat } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { GradlabError } from "../errors.js";
import { pathKind } from "./file.js";
import { sha256File } from "./hash.js";
import { readJson } from "./json.js";
import { writeFileAtomic } from "./write-file.js";
import { recoverFolder, writeFolderAtomic } from "./write-folder.js";

/** A whole checkpoint on disk. */
export interface Checkpoint {
  readonly path: string;
  readonly step: number;
  readonly meta: Readonly<Record<string, unknown>>;
}

/** A checkpoint that cannot be used, and why. */
export interface SkippedCheckpoint {
  readonly path: string;
  readonly step: number;
  readonly reason: string;
}

interface Manifest {
  readonly version: 1;
  readonly step: number;
  readonly meta: Readonly<Record<string, unknown>>;
  readonly files: readonly { readonly name: string; readonly bytes: number; readonly sha256: string }[];
}

const MANIFEST = "manifest.json";
const NAME = /^checkpoint-(\d+)$/;

/**
 * Numbered checkpoint folders (`checkpoint-<step>`) in one folder. Each is written atomically with a manifest of its
 * files' sizes and SHA-256, so that a checkpoint is either whole or known not to be.
 *
 * @example
 * const store = new CheckpointStore("out/checkpoints");
 * await store.save(100, async (dir) => writeSafetensors(join(dir, "model.safetensors"), weights), { meta: { loss: 2.1 } });
 * const { checkpoint, skipped } = await store.latestValid();
 */
export class CheckpointStore {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  /**
   * Writes a checkpoint: `write` fills the folder it is given. A checkpoint of the same step is replaced whole.
   *
   * @throws E_CONFIG for a bad step; whatever `write` throws, and then nothing is left behind
   */
  async save(
    step: number,
    write: (folder: string) => Promise<void>,
    options: { readonly meta?: Readonly<Record<string, unknown>> } = {},
  ): Promise<Checkpoint> {
    if (!Number.isSafeInteger(step) || step < 0)
      throw new GradlabError(
        "E_CONFIG",
        `A checkpoint's step must be a whole number of at least 0, got ${step}.`,
      );
    const path = this.pathOf(step);
    const meta = options.meta ?? {};
    await writeFolderAtomic(path, async (dir) => {
      await write(dir);
      const manifest: Manifest = { version: 1, step, meta, files: await describeFiles(dir) };
      await writeFileAtomic(join(dir, MANIFEST), `${JSON.stringify(manifest, null, 2)}\n`);
    });
    return { path, step, meta };
  }

  /** The steps there are, oldest first, whole or not. */
  async steps(): Promise<number[]> {
    await this.#recover();
    const names = await readdir(this.folder).catch(() => []);
    return names
      .flatMap((name) => NAME.exec(name)?.[1] ?? [])
      .map(Number)
      .sort((a, b) => a - b);
  }

  /** The newest whole checkpoint, and the newer ones that had to be skipped. */
  async latestValid(): Promise<{
    checkpoint: Checkpoint | undefined;
    skipped: readonly SkippedCheckpoint[];
  }> {
    const skipped: SkippedCheckpoint[] = [];
    for (const step of (await this.steps()).reverse()) {
      try {
        return { checkpoint: await this.verify(step), skipped };
      } catch (error) {
        if (!(error instanceof GradlabError)) throw error;
        skipped.push({ path: this.pathOf(step), step, reason: error.sentence });
      }
    }
    return { checkpoint: undefined, skipped };
  }

  /**
   * Checks every file of a checkpoint against its manifest.
   *
   * @throws E_CHECKPOINT_CORRUPT naming the first file that is missing, of another size or changed
   */
  async verify(step: number): Promise<Checkpoint> {
    const path = this.pathOf(step);
    const manifest = await readManifest(path);
    if (manifest.step !== step) throw corrupt(path, `its manifest is of step ${manifest.step}`);
    for (const { name, bytes, sha256 } of manifest.files) {
      const file = join(path, name);
      const info = await stat(file).catch(() => undefined);
      if (info === undefined) throw corrupt(path, `${name} is missing`);
      if (info.size !== bytes) throw corrupt(path, `${name} has ${info.size} bytes instead of ${bytes}`);
      if ((await sha256File(file)) !== sha256) throw corrupt(path, `the content of ${name} has changed`);
    }
    return { path, step, meta: manifest.meta };
  }

  /**
   * Removes old checkpoints, keeping the last `keepLast` and the steps in `keep`. The newest whole one always stays.
   *
   * @returns the steps removed
   */
  async prune(options: { readonly keepLast: number; readonly keep?: readonly number[] }): Promise<number[]> {
    const steps = await this.steps();
    const { checkpoint } = await this.latestValid();
    const kept = new Set([
      ...steps.slice(Math.max(0, steps.length - options.keepLast)),
      ...(options.keep ?? []),
    ]);
    if (checkpoint !== undefined) kept.add(checkpoint.step);
    const removed = steps.filter((step) => !kept.has(step));
    for (const step of removed) await rm(this.pathOf(step), { recursive: true, force: true });
    return removed;
  }

  /** Where the checkpoint of a step lies. */
  pathOf(step: number): string {
    return join(this.folder, `checkpoint-${step}`);
  }

  /** A replacement that was cut short left the old folder under another name: put it back first. */
  async #recover(): Promise<void> {
    await mkdir(this.folder, { recursive: true });
    for (const name of await readdir(this.folder)) {
      const target = /^\.(checkpoint-\d+)\.old-/.exec(name)?.[1];
      if (target !== undefined) await recoverFolder(join(this.folder, target));
    }
  }
}

async function describeFiles(folder: string): Promise<Manifest["files"]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
  return Promise.all(
    paths.sort().map(async (path) => ({
      name: relative(folder, path).split(sep).join("/"),
      bytes: (await stat(path)).size,
      sha256: await sha256File(path),
    })),
  );
}

async function readManifest(path: string): Promise<Manifest> {
  const file = join(path, MANIFEST);
  if ((await pathKind(file)) !== "file") throw corrupt(path, "it has no manifest");
  const json = await readJson(file).catch(() => undefined);
  const good =
    typeof json === "object" &&
    json !== null &&
    "version" in json &&
    json.version === 1 &&
    "files" in json &&
    Array.isArray(json.files);
  if (!good) throw corrupt(path, "its manifest is damaged");
  const manifest = json as unknown as Manifest;
  const inside = manifest.files.every(
    ({ name }) => typeof name === "string" && !name.split("/").includes(".."),
  );
  if (!inside) throw corrupt(path, "its manifest names files outside");
  return manifest;
}

const corrupt = (path: string, why: string): GradlabError =>
  new GradlabError("E_CHECKPOINT_CORRUPT", `Checkpoint ${path} is damaged: ${why}.`, { where: path });
