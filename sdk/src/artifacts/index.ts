// Program ↔ Artifact: files that the rest of the field opens, written so that a crash leaves them whole.
export { type Checkpoint, CheckpointStore, type SkippedCheckpoint } from "./checkpoint-store.js";
export { type Environment, environment, sdkVersion } from "./environment.js";
export { listFolder, pathKind, readBytes, readText } from "./file.js";
export { folderBytes, makeFolder, removeFolder, withTemporaryFolder } from "./folder.js";
export { sha256, sha256File } from "./hash.js";
export { type Journal, openJournal } from "./journal.js";
export { parseJson, readJson } from "./json.js";
export { parseYaml, readConfigFile } from "./yaml.js";
export { withFolderLock } from "./lock.js";
export { type CardScore, type ModelCardInfo, modelCard } from "./model-card.js";
export { readNpy, writeNpy } from "./npy.js";
export { readNpz, writeNpz, type WriteNpzOptions } from "./npz.js";
export { findWeights, openWeights } from "./open-weights.js";
export {
  BASE_WEIGHTS_HASH,
  PEFT_CONFIG,
  PEFT_WEIGHTS,
  type LoraPair,
  type PeftAdapter,
  type PeftConfig,
  readPeftAdapter,
  readPeftConfig,
  writePeftAdapter,
} from "./peft.js";
export { type OpenPtOptions, type PtSource, openPt, readPt } from "./read-pt.js";
export { type OpenSafetensorsOptions, openSafetensors, readSafetensors } from "./read-safetensors.js";
export { openSharded } from "./read-sharded.js";
export {
  type FileRecord,
  type RunRecord,
  type StartRunOptions,
  readRunRecord,
  recordFile,
  startRunRecord,
  writeRunRecord,
} from "./run-record.js";
export { type TensorSource, type TensorSpec, readAll } from "./tensor-source.js";
export { type FileWriter, writeFileAtomic } from "./write-file.js";
export { recoverFolder, writeFolderAtomic } from "./write-folder.js";
export { writeSharded } from "./write-sharded.js";
export { type NamedTensors, type WriteSafetensorsOptions, writeSafetensors } from "./write-safetensors.js";
