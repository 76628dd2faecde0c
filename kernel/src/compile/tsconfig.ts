import { readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { parseJsonc } from "./literal.js";

/** What JSX becomes; absent where no tsconfig.json says. */
export interface JsxOptions {
  readonly runtime: "automatic" | "classic";
  readonly development: boolean;
  readonly importSource?: string;
  readonly factory?: string;
  readonly fragment?: string;
}

/** The options of tsconfig.json that change what code does when it runs. */
export interface CompileOptions {
  /** `standard`: TC39's, TypeScript's default; `experimental`: under `experimentalDecorators`. */
  readonly decorators: "standard" | "experimental";
  readonly decoratorMetadata: boolean;
  readonly defineFields: boolean;
  readonly jsx?: JsxOptions;
  /** Pattern → where to look, absolute. */
  readonly paths: readonly (readonly [string, readonly string[]])[];
}

type Json = Readonly<Record<string, unknown>>;

interface Read {
  readonly options: CompileOptions;
  readonly files: ReadonlyMap<string, number>;
}

const NONE: CompileOptions = {
  decorators: "standard",
  decoratorMetadata: false,
  defineFields: true,
  paths: [],
};
const cache = new Map<string, Read>();

/**
 * The options for `folder`: those of the nearest tsconfig.json in it or above it, `extends` followed.
 * Read again after an edit. What cannot be read counts as absent: the language server tells what is wrong.
 */
export function readOptions(folder: string): CompileOptions {
  const file = nearest(folder);
  if (file === undefined) return NONE;
  const known = cache.get(file);
  if (known && [...known.files].every(([path, time]) => editTime(path) === time)) return known.options;
  const files = new Map<string, number>();
  const options = toOptions(merged(file, files, 0));
  cache.set(file, { options, files });
  return options;
}

function nearest(folder: string): string | undefined {
  for (let at = resolve(folder); ; at = dirname(at)) {
    const file = join(at, "tsconfig.json");
    if (editTime(file) !== 0) return file;
    if (dirname(at) === at) return undefined;
  }
}

/** compilerOptions of a file, over those that it extends; `paths` made absolute. */
function merged(file: string, files: Map<string, number>, depth: number): Json {
  files.set(file, editTime(file));
  const config = readConfig(file);
  const own = object(config["compilerOptions"]);
  const bases = depth < 10 ? [config["extends"]].flat().filter((one) => typeof one === "string") : [];
  const under = bases.map((base) => {
    const path = extended(base, file);
    return path === undefined ? {} : merged(path, files, depth + 1);
  });
  const root = typeof own["baseUrl"] === "string" ? resolve(dirname(file), own["baseUrl"]) : dirname(file);
  const paths = Object.entries(object(own["paths"])).map(([pattern, targets]) => [
    pattern,
    [targets].flat().map((target) => resolve(root, String(target))),
  ]);
  return Object.assign({}, ...under, own, own["paths"] === undefined ? {} : { paths }) as Json;
}

/** A config and those that it extends, in the order in which what they say counts. */
export function configChain(file: string, depth = 0): string[] {
  const bases = [readConfig(file)["extends"]].flat().filter((one) => typeof one === "string");
  if (depth === 10) return [file];
  const under = bases.reverse().flatMap((base) => {
    const path = extended(base, file);
    return path === undefined ? [] : configChain(path, depth + 1);
  });
  return [file, ...under];
}

/** Empty where it cannot be read. */
export const readConfig = (file: string): Json => object(readJson(file));

function extended(base: string, file: string): string | undefined {
  const candidates = /^[./]/.test(base)
    ? [resolve(dirname(file), base), `${resolve(dirname(file), base)}.json`]
    : [base, `${base}.json`, `${base}/tsconfig.json`].flatMap((name) => fromPackage(name, file));
  return candidates.find((path) => editTime(path) !== 0);
}

function fromPackage(name: string, file: string): string[] {
  try {
    return [createRequire(file).resolve(name)];
  } catch {
    return [];
  }
}

function toOptions(json: Json): CompileOptions {
  const jsx = jsxOptions(json);
  return {
    decorators: json["experimentalDecorators"] === true ? "experimental" : "standard",
    decoratorMetadata: json["emitDecoratorMetadata"] === true,
    defineFields: json["useDefineForClassFields"] !== false,
    ...(jsx === undefined ? {} : { jsx }),
    paths: (json["paths"] ?? []) as CompileOptions["paths"],
  };
}

function jsxOptions(json: Json): JsxOptions | undefined {
  const mode = json["jsx"];
  if (typeof mode !== "string" || mode === "preserve" || mode === "react-native") return undefined;
  const text = (key: string, name: string): object =>
    typeof json[key] === "string" ? { [name]: json[key] } : {};
  return {
    runtime: mode === "react" ? "classic" : "automatic",
    development: mode === "react-jsxdev",
    ...text("jsxImportSource", "importSource"),
    ...text("jsxFactory", "factory"),
    ...text("jsxFragmentFactory", "fragment"),
  };
}

const object = (value: unknown): Json =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : {};

function readJson(file: string): unknown {
  try {
    return parseJsonc(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}

/** 0 where there is no such file. */
export function editTime(path: string): number {
  const found = statSync(path, { throwIfNoEntry: false });
  return found?.isFile() === true ? found.mtimeMs : 0;
}
