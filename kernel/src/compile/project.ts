import { basename, dirname, join, resolve, sep } from "node:path";
import { configChain, editTime, readConfig } from "./tsconfig.js";

const CONFIGS = ["tsconfig.json", "jsconfig.json"];

/** What a project takes in unless it says otherwise, and what it leaves out. */
const [INCLUDED, EXCLUDED] = [
  ["**/*"],
  ["**/node_modules/**/*", "**/bower_components/**/*", "**/jspm_packages/**/*"],
];

/** The tsconfig.json and jsconfig.json that may speak for files of `folder`, nearest first, with their edit times. */
export function configsAbove(folder: string): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (let at = resolve(folder); ; at = dirname(at)) {
    const file = CONFIGS.map((name) => join(at, name)).find((path) => editTime(path) !== 0);
    if (file !== undefined) found.set(file, editTime(file));
    if (dirname(at) === at) return found;
  }
}

/** Whether one of these configs, or one that it refers to, takes in a file by its `files`, `include` and `exclude`. */
export function takesIn(configs: Iterable<string>, file: string): boolean {
  return [...configs].some((config) => [config, ...references(config)].some((one) => covers(one, file)));
}

function references(config: string): string[] {
  const list = readConfig(config)["references"];
  if (!Array.isArray(list)) return [];
  return list.flatMap((entry: { readonly path?: unknown } | null) => {
    if (typeof entry?.path !== "string") return [];
    const path = resolve(dirname(config), entry.path);
    return path.endsWith(".json") ? [path] : [join(path, "tsconfig.json")];
  });
}

function covers(config: string, file: string): boolean {
  const [files, include, exclude] = (["files", "include", "exclude"] as const).map((key) =>
    inherited(config, key),
  );
  if (files?.includes(file)) return true;
  const usual = (patterns: readonly string[]): string[] => patterns.map((one) => join(dirname(config), one));
  const patterns = include ?? usual(files === undefined ? INCLUDED : []);
  const without = exclude ?? usual(EXCLUDED);
  return patterns.some((one) => included(one, file)) && !without.some((one) => excluded(one, file));
}

/** The list that the config has, or the first that it extends; made absolute. */
function inherited(config: string, key: string): string[] | undefined {
  for (const file of configChain(config)) {
    const list = readConfig(file)[key];
    if (Array.isArray(list)) return list.map((one) => resolve(dirname(file), String(one)));
  }
  return undefined;
}

/** A pattern whose last part has no wildcard and no ending is a folder, and stands for all that is in it. */
function included(pattern: string, file: string): boolean {
  const isFolder = !/[.*?]/.test(basename(pattern));
  return new RegExp(`^${wildcards(pattern)}${isFolder ? "(?:/.*)?" : ""}$`).test(slashed(file));
}

function excluded(pattern: string, file: string): boolean {
  return new RegExp(`^${wildcards(pattern)}(?:/.*)?$`).test(slashed(file));
}

/** `*` and `?` are within a folder, `**` is any number of folders. */
function wildcards(pattern: string): string {
  const [folders, name, letter] = ["(?:[^/]+/)*", "[^/]*", "[^/]"];
  return slashed(pattern)
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replace(/\*\*\/|\*|\?/g, (mark) => (mark === "?" ? letter : mark === "*" ? name : folders));
}

const slashed = (path: string): string => path.replaceAll(sep, "/");
