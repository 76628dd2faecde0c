import { homedir } from "node:os";
import { join } from "node:path";
import { pathKind, readText } from "../artifacts/index.js";
import { GradlabError } from "../errors.js";
import type { HubEvent } from "./events.js";
import { isSafePath } from "./repo.js";

/** How a hub is asked. What is left out follows the environment, by the names that Python's tools read. */
export interface HubOptions {
  /** A branch, a tag or a commit. Default "main". */
  readonly revision?: string;
  /** Use only what is in the cache. Default: HF_HUB_OFFLINE. */
  readonly offline?: boolean;
  /** An access token; false for none. Default: HF_TOKEN, or the file that `hf auth login` writes. */
  readonly token?: string | false;
  /** The hub's address. Default: HF_ENDPOINT, or https://huggingface.co. */
  readonly endpoint?: string;
  /** Where files are kept. Default: HF_HUB_CACHE, HF_HOME/hub, or ~/.cache/huggingface/hub. */
  readonly cacheDir?: string;
  /** Hash every file that is used. Default false: those whose size and time of change are as they were when last hashed are not. */
  readonly verify?: boolean;
  /** First pause before a request is tried again, ms; each further one is twice as long. Default 1000. */
  readonly retryDelayMs?: number;
  readonly signal?: AbortSignal;
  /** Called with what the download tells. */
  readonly onEvent?: (event: HubEvent) => void;
}

/** Options with the environment's values filled in. */
export interface HubSettings {
  readonly revision: string;
  readonly offline: boolean;
  readonly token: string | undefined;
  readonly endpoint: string;
  readonly cacheDir: string;
  readonly verify: boolean;
  readonly retryDelayMs: number;
  /** A connection that is silent for longer is given up and made anew. */
  readonly stallMs: number;
  readonly signal: AbortSignal;
  readonly emit: (event: HubEvent) => void;
}

const ENDPOINT = "https://huggingface.co";
const STALL_SECONDS = 10;

/** @throws E_CONFIG for an endpoint or a revision that cannot be */
export async function readSettings(
  options: HubOptions,
  signal: AbortSignal,
  emit: (event: HubEvent) => void,
): Promise<HubSettings> {
  const { env } = process;
  const stall = Number(env.HF_HUB_DOWNLOAD_TIMEOUT);
  return {
    revision: checkRevision(options.revision ?? "main"),
    offline: options.offline ?? (isOn(env.HF_HUB_OFFLINE) || isOn(env.TRANSFORMERS_OFFLINE)),
    token: await findToken(options.token),
    endpoint: checkEndpoint(options.endpoint ?? (env.HF_ENDPOINT || ENDPOINT)),
    cacheDir: options.cacheDir ?? defaultCache(),
    verify: options.verify ?? false,
    retryDelayMs: options.retryDelayMs ?? 1000,
    stallMs: 1000 * (stall > 0 ? stall : STALL_SECONDS),
    signal,
    emit,
  };
}

const isOn = (value: string | undefined): boolean => /^(1|on|yes|true)$/i.test(value ?? "");

const home = (path: string): string => path.replace(/^~(?=$|[/\\])/, homedir());

function hubHome(): string {
  const { HF_HOME, XDG_CACHE_HOME } = process.env;
  return home(HF_HOME || join(XDG_CACHE_HOME || "~/.cache", "huggingface"));
}

function defaultCache(): string {
  const { HF_HUB_CACHE, HUGGINGFACE_HUB_CACHE } = process.env;
  return home(HF_HUB_CACHE || HUGGINGFACE_HUB_CACHE || join(hubHome(), "hub"));
}

async function findToken(given: string | false | undefined): Promise<string | undefined> {
  const { HF_TOKEN, HUGGING_FACE_HUB_TOKEN, HF_TOKEN_PATH, HF_HUB_DISABLE_IMPLICIT_TOKEN } = process.env;
  if (given === false) return undefined;
  if (given !== undefined) return given.trim();
  if (isOn(HF_HUB_DISABLE_IMPLICIT_TOKEN)) return undefined;
  const named = (HF_TOKEN || HUGGING_FACE_HUB_TOKEN)?.trim();
  if (named) return named;
  const file = home(HF_TOKEN_PATH || join(hubHome(), "token"));
  if ((await pathKind(file)) !== "file") return undefined;
  return (await readText(file)).trim() || undefined;
}

function checkEndpoint(text: string): string {
  if (URL.canParse(text) && /^https?:/.test(text)) return text.replace(/\/+$/, "");
  throw new GradlabError("E_CONFIG", `The hub's address "${text}" is no http or https address.`, {
    where: "HF_ENDPOINT",
    hint: `Set HF_ENDPOINT to an address such as ${ENDPOINT}, or leave it out.`,
  });
}

function checkRevision(revision: string): string {
  if (isSafePath(revision)) return revision;
  throw new GradlabError("E_CONFIG", `"${revision}" is no revision.`, {
    where: "revision",
    hint: 'Give a branch, a tag or a commit, such as "main".',
  });
}
