import { GradlabError } from "../errors.js";
import type { Repo } from "./repo.js";
import type { HubSettings } from "./settings.js";

/** What a request is about. */
export interface Subject {
  readonly repo: Repo;
  /** The revision that the user asked for. */
  readonly revision: string;
  readonly settings: HubSettings;
  readonly path?: string;
}

/** The page of a repository. */
export const pageOf = ({ repo, settings }: Subject): string =>
  `${settings.endpoint}/${repo.type === "dataset" ? "datasets/" : ""}${repo.name}`;

/** A hub's refusal in the user's words, by its status and the code in its headers. */
export function refusalOf(response: Response, subject: Subject): GradlabError {
  const code = response.headers.get("x-error-code") ?? "";
  const { status } = response;
  if (code === "GatedRepo") return gated(subject);
  if (status === 401 || status === 403) return denied(response, subject);
  if (code === "RevisionNotFound") return noRevision(subject);
  if (code === "EntryNotFound" || (status === 404 && subject.path !== undefined)) return noFile(subject);
  if (status === 404) return noRepo(subject);
  const said = response.headers.get("x-error-message");
  return new GradlabError(
    "E_HUB",
    `The hub answers ${status}${said ? ` (${said})` : ""} when asked for ${nameOf(subject)}.`,
    { where: pageOf(subject), details: { status } },
  );
}

export const nameOf = ({ repo, path }: Subject): string =>
  path === undefined ? `"${repo.name}"` : `${path} of "${repo.name}"`;

function gated(subject: Subject): GradlabError {
  const { token, endpoint } = subject.settings;
  const set = `make a token at ${endpoint}/settings/tokens and set HF_TOKEN to it`;
  return new GradlabError(
    "E_HUB_ACCESS",
    `"${subject.repo.name}" is gated: its owners let in only who accepted their terms${token ? ", and the token in use was not let in" : ""}.`,
    {
      where: pageOf(subject),
      hint: `Accept the terms at ${pageOf(subject)}, then ${token ? "try again, or " : ""}${set}.`,
    },
  );
}

function denied(response: Response, subject: Subject): GradlabError {
  const { token, endpoint } = subject.settings;
  // Who is not known is told 401 for what does not exist as for what is private.
  if (token === undefined && response.status === 401) return noRepo(subject);
  const said = response.headers.get("x-error-message") ?? `status ${response.status}`;
  return new GradlabError(
    "E_HUB_ACCESS",
    `The hub does not let ${token === undefined ? "the public" : "the token in use"} read ${nameOf(subject)} (${said}).`,
    {
      where: pageOf(subject),
      hint: `Make a token that may read it at ${endpoint}/settings/tokens, and set HF_TOKEN to it.`,
    },
  );
}

function noRepo(subject: Subject): GradlabError {
  const { repo, settings } = subject;
  const what = repo.type === "model" ? "model" : "data set";
  return new GradlabError(
    repo.type === "model" ? "E_MODEL_NOT_FOUND" : "E_FILE_NOT_FOUND",
    `There is no ${what} "${repo.name}" at ${settings.endpoint}, or it is private.`,
    {
      where: pageOf(subject),
      hint: `Check the spelling of owner and name.${settings.token ? "" : " For a private one set HF_TOKEN to a token that may read it."}`,
    },
  );
}

const noRevision = (subject: Subject): GradlabError =>
  new GradlabError(
    subject.repo.type === "model" ? "E_MODEL_NOT_FOUND" : "E_FILE_NOT_FOUND",
    `"${subject.repo.name}" has no revision "${subject.revision}".`,
    { where: pageOf(subject), hint: `Its branches and tags: ${pageOf(subject)}/tree/main.` },
  );

export const noFile = (subject: Subject): GradlabError =>
  new GradlabError("E_FILE_NOT_FOUND", `"${subject.repo.name}" has no file ${subject.path}.`, {
    where: pageOf(subject),
    hint: `Its files: ${pageOf(subject)}/tree/${subject.revision}.`,
  });
