// Name → Folder: files of a Hugging Face hub, kept in the cache that Python's tools share.
export {
  downloadFile,
  downloadModel,
  type DownloadModelOptions,
  type HubFolder,
  type ModelPart,
} from "./download-model.js";
export { type HubEvent, warnAloud } from "./events.js";
export { isHubPath, isRepoName } from "./repo.js";
export type { HubOptions } from "./settings.js";
