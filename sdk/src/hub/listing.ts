import { GradlabError } from "../errors.js";
import { isCommit } from "./cache.js";
import { isDigest } from "./digest.js";
import type { RemoteFile } from "./fetch-blob.js";
import { noFile, pageOf, type Subject } from "./refusal.js";
import { apiFetch } from "./request.js";

type Hub = typeof import("@huggingface/hub");

/** The hub's own client: loaded when a hub is asked, since that takes a tenth of a second. */
const client = (): Promise<Hub> => import("@huggingface/hub");

/** What every call of the client is told. The token goes with `fetch`, which tokens of any form pass. */
const callOf = (subject: Subject): { hubUrl: string; fetch: typeof fetch } => ({
  hubUrl: subject.settings.endpoint,
  fetch: apiFetch(subject),
});

/** The commit that a revision is at. @throws refusals; E_HUB; E_CANCELLED */
export async function askCommit(subject: Subject): Promise<string> {
  const { repo, revision } = subject;
  const { modelInfo, datasetInfo } = await client();
  const about = { name: repo.name, revision, ...callOf(subject) };
  const { sha } =
    repo.type === "model"
      ? await modelInfo({ ...about, additionalFields: ["sha"] })
      : await datasetInfo({ ...about, additionalFields: ["sha"] });
  if (typeof sha === "string" && isCommit(sha)) return sha;
  throw unexpected(subject, `the commit ${JSON.stringify(sha)}`);
}

/** The files at the top of a repository. @throws refusals; E_HUB; E_CANCELLED */
export async function listTop(subject: Subject, commit: string): Promise<RemoteFile[]> {
  const { listFiles } = await client();
  const files: RemoteFile[] = [];
  for await (const entry of listFiles({ repo: subject.repo, revision: commit, ...callOf(subject) }))
    if (entry.type === "file") files.push(remoteFile(entry, subject));
  return files;
}

/** One file of a repository. @throws E_FILE_NOT_FOUND; refusals; E_HUB; E_CANCELLED */
export async function askFile(subject: Subject, commit: string, path: string): Promise<RemoteFile> {
  const { pathsInfo } = await client();
  const entries = await pathsInfo({
    repo: subject.repo,
    revision: commit,
    paths: [path],
    ...callOf(subject),
  });
  const found = entries.find((entry) => entry.path === path && entry.type === "file");
  if (found === undefined) throw noFile({ ...subject, path });
  return remoteFile(found, subject);
}

interface Entry {
  readonly path: string;
  readonly size: number;
  readonly oid?: string;
  readonly lfs?: { readonly oid: string; readonly size: number };
}

function remoteFile({ path, size, oid = "", lfs }: Entry, subject: Subject): RemoteFile {
  const hash = lfs?.oid ?? oid;
  const bytes = lfs?.size ?? size;
  if (isDigest(hash) && Number.isSafeInteger(bytes) && bytes >= 0) return { path, size: bytes, hash };
  throw unexpected(subject, `${path} with the hash ${JSON.stringify(hash)} and ${bytes} bytes`);
}

const unexpected = (subject: Subject, what: string): GradlabError =>
  new GradlabError("E_HUB", `The hub lists ${what}, which is not as a hub lists it.`, {
    where: pageOf(subject),
    hint: "Check that HF_ENDPOINT is a hub's address.",
  });

/** The address of a file's bytes. */
export function addressOf(subject: Subject, commit: string, path: string): URL {
  const name = path.split("/").map(encodeURIComponent).join("/");
  return new URL(`${pageOf(subject)}/resolve/${commit}/${name}`);
}
