import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { isObject, type Json } from "../http/index.js";

export interface Schema {
  readonly id: string;
  readonly version: string;
  readonly json: Json;
  /** As the front end was built with it: the user changed none of its defaults. */
  readonly isShipped: boolean;
}

/**
 * `schemas/<package>/<plugin>.json` → schemas by id `<package>:<plugin>`, with the overrides as their defaults: first the
 * front end's own, then the user's.
 */
export function readSchemas(folder: string, shipped: Json, users: Json): Map<string, Schema> {
  const found = new Map<string, Schema>();
  for (const name of packagesIn(folder)) {
    const version = readVersion(join(folder, name, "package.json.orig"));
    for (const file of list(join(folder, name)).filter((one) => one.endsWith(".json"))) {
      const json = readJson(join(folder, name, file));
      if (!isObject(json)) continue;
      const id = `${name}:${file.slice(0, -".json".length)}`;
      const changed = applyOverrides(applyOverrides(json, shipped[id]), users[id]);
      found.set(id, { id, version, json: changed, isShipped: users[id] === undefined });
    }
  }
  return found;
}

/** Changes the defaults of a schema's properties; objects are merged. */
export function applyOverrides(schema: Json, overrides: unknown): Json {
  if (!isObject(overrides)) return schema;
  const properties: Json = { ...(isObject(schema["properties"]) ? schema["properties"] : {}) };
  for (const [name, value] of Object.entries(overrides)) {
    const property = isObject(properties[name]) ? properties[name] : {};
    properties[name] = { ...property, default: merge(property["default"], value) };
  }
  return { ...schema, properties };
}

function merge(base: unknown, over: unknown): unknown {
  if (!isObject(base) || !isObject(over)) return over;
  const merged = Object.entries(over).map(([key, value]) => [key, merge(base[key], value)] as const);
  return { ...base, ...Object.fromEntries(merged) };
}

function packagesIn(folder: string): string[] {
  return list(folder).flatMap((name) =>
    name.startsWith("@") ? list(join(folder, name)).map((inner) => `${name}/${inner}`) : [name],
  );
}

function list(folder: string): string[] {
  return statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true
    ? readdirSync(folder).sort()
    : [];
}

function readVersion(path: string): string {
  const json = readJson(path);
  return isObject(json) && typeof json["version"] === "string" ? json["version"] : "N/A";
}

export function readJson(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return undefined;
  }
}
