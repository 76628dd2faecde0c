import { stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { GradlabError } from "../errors.js";
import { type Environment, environment } from "./environment.js";
import { notFoundNamed } from "./file.js";
import { sha256File } from "./hash.js";
import { readJson } from "./json.js";
import { writeFileAtomic } from "./write-file.js";

/** A file that went into a run or came out of it. */
export interface FileRecord {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** Where a result comes from: enough to tell whether it can be had again. */
export interface RunRecord {
  /** Of this file's layout. */
  readonly version: 1;
  readonly id: string;
  readonly kind: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly finishedAt?: string;
  readonly seed?: number;
  readonly options: Readonly<Record<string, unknown>>;
  readonly inputs: readonly FileRecord[];
  readonly outputs?: readonly FileRecord[];
  readonly metrics?: Readonly<Record<string, unknown>>;
  readonly environment: Environment;
}

export interface StartRunOptions {
  readonly id: string;
  /** "fine-tune", "quantize", "evaluate", "train". */
  readonly kind: string;
  readonly options: Readonly<Record<string, unknown>>;
  /** Paths of the files the run reads; their content is hashed. */
  readonly inputs?: readonly string[];
  readonly seed?: number;
}

/** A run record's name in its folder. */
export const RUN_RECORD_FILE = "run.json";

/**
 * Begins a run record: hashes the inputs and describes the machine.
 *
 * @throws E_FILE_NOT_FOUND when an input is missing
 * @example const record = await startRunRecord({ id: "a1", kind: "fine-tune", options, inputs: ["train.jsonl"], seed: 42 });
 */
export async function startRunRecord(options: StartRunOptions): Promise<RunRecord> {
  const { id, kind, inputs = [], seed } = options;
  return {
    version: 1,
    id,
    kind,
    startedAt: new Date().toISOString(),
    ...(seed === undefined ? {} : { seed }),
    options: options.options,
    inputs: await Promise.all(inputs.map(recordFile)),
    environment: await environment(seed === undefined ? {} : { seed }),
  };
}

/** Name, size and hash of a file; @throws E_FILE_NOT_FOUND */
export async function recordFile(path: string): Promise<FileRecord> {
  const { size } = await notFoundNamed(path, () => stat(path));
  return { name: basename(path), bytes: size, sha256: await sha256File(path) };
}

/** Writes `run.json` into a folder, atomically. */
export async function writeRunRecord(folder: string, record: RunRecord): Promise<void> {
  await writeFileAtomic(join(folder, RUN_RECORD_FILE), `${JSON.stringify(record, null, 2)}\n`);
}

/** @throws E_FILE_NOT_FOUND, E_FILE_FORMAT when the file is no run record of this version */
export async function readRunRecord(folder: string): Promise<RunRecord> {
  const path = join(folder, RUN_RECORD_FILE);
  const json = await readJson(path);
  if (
    typeof json !== "object" ||
    json === null ||
    !("version" in json) ||
    json.version !== 1 ||
    !("environment" in json)
  )
    throw new GradlabError("E_FILE_FORMAT", `${path} is no run record of version 1.`, { where: path });
  return json as RunRecord;
}
