import { join } from "node:path";
import { GradlabError } from "../errors.js";
import { isCommit, RepoCache } from "./cache.js";
import { checkRoom, named } from "./disk.js";
import { fetchBlob, type RemoteFile } from "./fetch-blob.js";
import { inParallel } from "./in-parallel.js";
import { addressOf, askCommit } from "./listing.js";
import { noFile, pageOf, type Subject } from "./refusal.js";
import type { Selection } from "./selection.js";
import { isSound } from "./sound.js";

/** Files of a repository at one commit, on this machine. */
export interface HubFolder {
  readonly folder: string;
  readonly commit: string;
  /** Paths below the folder. */
  readonly files: readonly string[];
}

/** What is asked of a hub, and how its listing is read. */
export interface Wish {
  readonly subject: Subject;
  readonly selection: Selection;
  readonly list: (commit: string) => Promise<readonly RemoteFile[]>;
}

const CONNECTIONS = 4;

/** Brings the selected files into the cache, or finds them there. */
export async function download(wish: Wish): Promise<HubFolder> {
  const { repo, revision, settings } = wish.subject;
  const cache = new RepoCache(settings.cacheDir, repo);
  if (settings.offline) return fromCache(wish, cache);
  const listing = await ask(wish).catch((error: unknown) => {
    if (error instanceof GradlabError && error.code === "E_HUB") return error;
    throw error;
  });
  if (listing instanceof GradlabError) return instead(wish, cache, listing);
  const folder = await fromHub(wish, cache, listing);
  // Only now: until all of it is there, an older whole one serves who is offline.
  await named(cache.folder, () => cache.setCommit(revision, listing.commit));
  return folder;
}

interface Listing {
  readonly commit: string;
  readonly remote: ReadonlyMap<string, RemoteFile>;
}

async function ask({ subject, list }: Wish): Promise<Listing> {
  const { revision } = subject;
  const commit = isCommit(revision) ? revision : await askCommit(subject);
  return { commit, remote: new Map((await list(commit)).map((file) => [file.path, file])) };
}

/** The cache's files, with a warning, where the hub fails and the cache has all that is needed. */
async function instead(wish: Wish, cache: RepoCache, error: GradlabError): Promise<HubFolder> {
  const { subject } = wish;
  const kept = await fromCache(wish, cache).catch(() => undefined);
  if (kept === undefined) throw error.details["unreachable"] === true ? unreachable(wish, error) : error;
  const message = `${error.sentence} "${subject.repo.name}" is taken from the cache, as it was at ${kept.commit.slice(0, 8)}.`;
  subject.settings.emit({ type: "warning", code: "W_HUB_UNREACHABLE", message });
  return kept;
}

const MISSING = { model: "E_WEIGHTS_UNAVAILABLE", dataset: "E_FILE_NOT_FOUND" } as const;

function unreachable({ subject }: Wish, cause: GradlabError): GradlabError {
  const { repo, settings } = subject;
  return new GradlabError(
    MISSING[repo.type],
    `"${repo.name}" is not on this machine, and ${cause.sentence.replace(/\.$/, "")}.`,
    {
      where: pageOf(subject),
      hint: `Connect to a network or set HF_ENDPOINT to a mirror; or put its files into a folder and give that path. The cache is ${settings.cacheDir}.`,
      cause,
    },
  );
}

/** What the cache has. @throws E_WEIGHTS_UNAVAILABLE or E_FILE_NOT_FOUND naming the file that is missing; E_FILE_FORMAT */
async function fromCache({ subject, selection }: Wish, cache: RepoCache): Promise<HubFolder> {
  const commit = await cache.commitOf(subject.revision);
  if (commit === undefined) throw notCached(subject, cache, undefined);
  const folder = cache.snapshot(commit);
  const listed = await cache.listSnapshot(commit);
  const files: string[] = [];
  const take = async (names: readonly string[]): Promise<void> => {
    for (const name of names) {
      if (!listed.includes(name)) throw notCached(subject, cache, name);
      const hash = await cache.hashOf(commit, name);
      if (hash !== undefined && (await isSound(cache, hash, subject.settings.verify)) === false)
        throw damaged(subject, join(folder, name));
      files.push(name);
    }
  };
  await take(selection.first(listed));
  await take(await selection.then(listed, folder));
  if (files.length === 0) throw notCached(subject, cache, undefined);
  return { folder, commit, files };
}

function notCached(
  { repo, settings, revision }: Subject,
  cache: RepoCache,
  name: string | undefined,
): GradlabError {
  const what = name === undefined ? `"${repo.name}" at ${revision}` : `${name} of "${repo.name}"`;
  return new GradlabError(MISSING[repo.type], `${what} is not in the cache, and gradlab is offline.`, {
    where: cache.folder,
    hint: `Load it once with a network (without HF_HUB_OFFLINE and offline: true), or put its files into a folder and give that path. The cache is ${settings.cacheDir}.`,
  });
}

const damaged = ({ repo }: Subject, file: string): GradlabError =>
  new GradlabError("E_FILE_FORMAT", `A cached file of "${repo.name}" is damaged.`, {
    where: file,
    hint: "Load it once with a network: a damaged file is fetched again.",
  });

/** Fetches what the cache lacks, file by file; each one that is whole stays. */
async function fromHub(wish: Wish, cache: RepoCache, { commit, remote }: Listing): Promise<HubFolder> {
  const { subject, selection } = wish;
  const listed = [...remote.keys()];
  const folder = cache.snapshot(commit);
  const files: string[] = [];
  const take = async (names: readonly string[]): Promise<void> => {
    const wanted = names.map((name) => {
      const file = remote.get(name);
      if (file === undefined) throw lacking(subject, name, listed);
      return file;
    });
    await fetchAll(wanted, cache, commit, subject);
    files.push(...names);
  };
  await take(selection.first(listed));
  await take(await selection.then(listed, folder));
  if (files.length === 0) throw lacking(subject, "tokenizer.json", listed);
  return { folder, commit, files };
}

function lacking(subject: Subject, name: string, listed: readonly string[]): GradlabError {
  if (subject.repo.type === "dataset") return noFile({ ...subject, path: name });
  const others = listed.length === 0 ? "nothing" : listed.slice(0, 12).join(", ");
  return new GradlabError("E_WEIGHTS_UNAVAILABLE", `"${subject.repo.name}" has no ${name}.`, {
    where: pageOf(subject),
    hint: `gradlab loads config.json with model.safetensors or its shards, and adapter_config.json with adapter_model.safetensors. It holds ${others}.`,
  });
}

async function fetchAll(
  files: readonly RemoteFile[],
  cache: RepoCache,
  commit: string,
  subject: Subject,
): Promise<void> {
  const { settings } = subject;
  const sound = await Promise.all(files.map((file) => lookUp(file, cache, subject)));
  const total = (of: readonly RemoteFile[]): number => of.reduce((sum, { size }) => sum + size, 0);
  const missing = total(files.filter((_, i) => !sound[i]));
  if (files.length > 0) settings.emit({ type: "plan", files: files.length, total: total(files), missing });
  if (missing > 0) await checkRoom(settings.cacheDir, missing);
  let done = 0;
  await inParallel(CONNECTIONS, files, settings.signal, async (file, i, signal) => {
    const { path: name, size: bytes, hash } = file;
    const about = { ...subject, path: name, settings: { ...settings, signal } };
    const onBytes = throttled((now) =>
      settings.emit({ type: "progress", file: name, bytes: now, size: bytes }),
    );
    const url = addressOf(subject, commit, name);
    const from = sound[i] ? "cache" : await fetchBlob({ file, url, cache, subject: about, onBytes });
    await named(cache.folder, () => cache.link(commit, name, hash));
    settings.emit({ type: "file", name, index: done++, of: files.length, bytes, from });
  });
}

/** Whether the cache has a file's bytes; those that are damaged are told. */
async function lookUp(
  { path, hash }: RemoteFile,
  cache: RepoCache,
  { repo, settings }: Subject,
): Promise<boolean> {
  const sound = await isSound(cache, hash, settings.verify);
  if (sound === false) {
    const message = `The cached ${path} of "${repo.name}" is damaged and is fetched again.`;
    settings.emit({ type: "warning", code: "W_CACHE_DAMAGED", message });
  }
  return sound === true;
}

const EVERY_MS = 250;

/** At most one call in a quarter of a second. */
function throttled(call: (value: number) => void): (value: number) => void {
  let last = 0;
  return (value) => {
    const now = performance.now();
    if (now - last < EVERY_MS) return;
    last = now;
    call(value);
  };
}
