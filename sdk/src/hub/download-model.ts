import { join } from "node:path";
import { GradlabError } from "../errors.js";
import { Job } from "../job/index.js";
import { download, type HubFolder, type Wish } from "./download.js";
import type { HubEvent } from "./events.js";
import { askFile, listTop } from "./listing.js";
import type { Subject } from "./refusal.js";
import { isRepoName, parseHubPath, type Repo } from "./repo.js";
import { selectFile, selectModel, type ModelPart } from "./selection.js";
import { readSettings, type HubOptions } from "./settings.js";

export type { HubFolder } from "./download.js";
export type { ModelPart } from "./selection.js";

export interface DownloadModelOptions extends HubOptions {
  /** "model" (default): config.json, tokenizer and weights; "config": without the weights; "tokenizer": its files alone. */
  readonly part?: ModelPart;
  /** Take a Python pickle (pytorch_model.bin) where there are no safetensors. Default false. */
  readonly pickle?: boolean;
}

/**
 * Brings a model of a Hugging Face hub into the cache that Python's tools share, or finds it there: only the files that
 * loaders read, each checked against the hash that the hub lists. A download that broke off goes on where it stopped.
 * `loadModel("org/name")` calls it.
 *
 * @param name "org/name"
 * @returns a job: await it for the folder, iterate it for events of type "plan", "progress", "file" and "warning"
 * @throws E_CONFIG for another form of name; E_MODEL_NOT_FOUND; E_WEIGHTS_UNAVAILABLE offline, naming what the cache lacks, and for
 *   a model without safetensors; E_HUB_ACCESS for a gated or private one; E_HUB; E_DISK_FULL; E_CANCELLED
 * @example
 * const job = downloadModel("HuggingFaceTB/SmolLM2-135M");
 * job.on("file", ({ name, index, of }) => console.log(`${index + 1} of ${of}: ${name}`));
 * const { folder } = await job;
 */
export function downloadModel(name: string, options: DownloadModelOptions = {}): Job<HubFolder, HubEvent> {
  if (!isRepoName(name)) {
    throw new GradlabError("E_CONFIG", `"${name}" is not of the form "org/name".`, {
      hint: 'Give owner and name as the hub writes them, such as "HuggingFaceTB/SmolLM2-135M".',
    });
  }
  const { part = "model", pickle = false } = options;
  return start({ type: "model", name }, options, (subject) => ({
    subject,
    selection: selectModel(part, pickle),
    list: (commit) => listTop(subject, commit),
  }));
}

/**
 * Brings one file of a hub into the cache, as `downloadModel` does, and gives its path.
 *
 * @param path "hf://datasets/org/name/path/to/file", or "hf://org/name/file" of a model; "name@revision" for another revision
 * @throws E_CONFIG for another form of path; E_FILE_NOT_FOUND; E_HUB_ACCESS; E_HUB; E_DISK_FULL; E_CANCELLED
 * @example const file = await downloadFile("hf://datasets/org/name/data/train.jsonl");
 */
export async function downloadFile(path: string, options: HubOptions = {}): Promise<string> {
  const { repo, revision, path: name } = parseHubPath(path);
  const asked = revision === undefined ? options : { ...options, revision };
  const { folder } = await start(repo, asked, (subject) => ({
    subject,
    selection: selectFile(name),
    list: async (commit) => [await askFile(subject, commit, name)],
  }));
  return join(folder, ...name.split("/"));
}

function start(
  repo: Repo,
  { onEvent, ...options }: HubOptions,
  wish: (subject: Subject) => Wish,
): Job<HubFolder, HubEvent> {
  const { signal } = options;
  return new Job<HubFolder, HubEvent>(
    async (context) => {
      const tell = (event: HubEvent): void => {
        context.emit(event);
        onEvent?.(event);
      };
      const settings = await readSettings(options, context.signal, tell);
      return download(wish({ repo, revision: settings.revision, settings }));
    },
    { kind: "download", name: repo.name, ...(signal ? { signal } : {}) },
  );
}
