import { GradlabError } from "../errors.js";

/** A repository of a hub. */
export interface Repo {
  readonly type: "model" | "dataset";
  /** "org/name". */
  readonly name: string;
}

const PART = String.raw`[A-Za-z0-9_](?:[\w.-]*[A-Za-z0-9_])?`;
const NAME = new RegExp(`^${PART}/${PART}$`);
const HUB_PATH = "hf://";

/** Whether a name has the form of a repository's, "org/name". */
export const isRepoName = (ref: string): boolean =>
  NAME.test(ref) && !/--|\.\.|\.git$/.test(ref) && ref.length <= 193;

/** Whether a path names a file on a hub. */
export const isHubPath = (path: string): boolean => path.startsWith(HUB_PATH);

/** A file of a repository. */
export interface HubPath {
  readonly repo: Repo;
  readonly revision?: string;
  readonly path: string;
}

/**
 * Reads a path as Hugging Face's file system writes it.
 *
 * @throws E_CONFIG for another form
 * @example parseHubPath("hf://datasets/org/name@main/data/train.jsonl").path // "data/train.jsonl"
 */
export function parseHubPath(text: string): HubPath {
  const rest = text.slice(HUB_PATH.length);
  const type = rest.startsWith("datasets/") ? "dataset" : "model";
  const [org = "", named = "", ...segments] = rest.replace(/^datasets\//, "").split("/");
  const [name = "", revision] = named.split("@", 2);
  const repo = { type, name: `${org}/${name}` } as const;
  const path = segments.join("/");
  if (isRepoName(repo.name) && isSafePath(path) && revision !== "") {
    // "refs%2Fpr%2F1", as a revision holds no slash here.
    return { repo, path, ...(revision === undefined ? {} : { revision: decodeURIComponent(revision) }) };
  }
  throw new GradlabError("E_CONFIG", `${text} names no file on a hub.`, {
    where: text,
    hint: 'Write it as "hf://datasets/org/name/path/to/file.jsonl", or ".../name@revision/...".',
  });
}

/** Whether a path stays below the folder that it is joined to. */
export const isSafePath = (path: string): boolean =>
  path !== "" && path.split("/").every((part) => part !== "" && !/^\.\.?$|[\\:\0]/.test(part));
