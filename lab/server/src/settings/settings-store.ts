import { existsSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import json5 from "json5";
import { fromSystem, ServerError } from "../errors.js";
import { isObject, type Json } from "../http/index.js";
import { writeAtomically } from "../root/index.js";
import { readJson, readSchemas, type Schema } from "./schemas.js";

/** A plugin's id: `@scope/package:plugin` or `package:plugin`. */
const ID = /^(@[a-z0-9][\w.-]*\/)?[a-z0-9][\w.-]*:[a-z0-9][\w.-]*$/i;

export interface SettingsFiles {
  /** The folder of the front end's schemas. */
  readonly schemas: string;
  /** Files that change defaults: the front end's, and the user's, which wins. */
  readonly overrides: { readonly shipped: string; readonly users: string };
  /** Where the user's settings are. */
  readonly folder: string;
}

/** Settings of the front end's plugins: their schemas, and what the user set, as JSON5 with comments. */
export class SettingsStore {
  readonly #schemaFolder: string;
  readonly #overrideFiles: SettingsFiles["overrides"];
  readonly #folder: string;
  #cache: { readonly stamp: string; readonly schemas: Map<string, Schema> } | undefined;

  constructor({ schemas, overrides, folder }: SettingsFiles) {
    this.#schemaFolder = schemas;
    this.#overrideFiles = overrides;
    this.#folder = folder;
  }

  ids(): string[] {
    return [...this.#schemas().keys()];
  }

  /** Every plugin's settings; a file that cannot be read counts as empty, with a warning. */
  all(): { readonly settings: Json[]; readonly warnings: string[] } {
    const warnings: string[] = [];
    const settings = [...this.#schemas().values()].map((schema) => {
      const model = this.#model(schema);
      if (typeof model["warning"] === "string") warnings.push(model["warning"]);
      return model;
    });
    return { settings, warnings };
  }

  /** Throws E_NOT_FOUND for a plugin without a schema. */
  get(id: string): Json {
    return this.#model(this.#schema(id));
  }

  /** Stores the user's text as it is; throws E_BAD_REQUEST when it is no JSON5 object. */
  async set(id: string, raw: string): Promise<void> {
    this.#schema(id);
    const { fault } = parse(raw);
    if (fault !== undefined) {
      throw new ServerError("E_BAD_REQUEST", `The settings are not valid JSON5: ${fault}.`, {
        where: id,
        hint: "Correct the text; nothing was changed.",
      });
    }
    const file = this.#file(id);
    try {
      mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
      await writeAtomically(file, raw);
    } catch (error) {
      throw fromSystem(error, file);
    }
  }

  #schema(id: string): Schema {
    const schema = ID.test(id) ? this.#schemas().get(id) : undefined;
    if (schema === undefined) throw new ServerError("E_NOT_FOUND", `There are no settings of "${id}".`);
    return schema;
  }

  #model({ id, version, json, isShipped }: Schema): Json {
    const file = this.#file(id);
    const stats = statSync(file, { throwIfNoEntry: false });
    const raw = stats === undefined ? "{}" : readFileSync(file, "utf8");
    const { settings, fault } = parse(raw);
    return {
      id,
      schema: json,
      version,
      raw,
      settings,
      is_shipped: isShipped,
      created: stats?.ctime.toISOString() ?? null,
      last_modified: stats?.mtime.toISOString() ?? null,
      ...(fault === undefined ? {} : { warning: `The settings of ${id} cannot be read: ${fault}.` }),
    };
  }

  #file(id: string): string {
    return join(this.#folder, ...`${id.replace(":", "/")}.jupyterlab-settings`.split("/"));
  }

  /** Read once for each build of the front end: there are hundreds. */
  #schemas(): Map<string, Schema> {
    const { shipped, users } = this.#overrideFiles;
    const files = [this.#schemaFolder, shipped, users];
    const stamp = files.map((file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0).join(" ");
    if (this.#cache?.stamp !== stamp) {
      const schemas = readSchemas(this.#schemaFolder, readOverrides(shipped), readOverrides(users));
      this.#cache = { stamp, schemas };
    }
    return this.#cache.schemas;
  }
}

function readOverrides(file: string): Json {
  const json = existsSync(file) ? readJson(file) : undefined;
  return isObject(json) ? json : {};
}

function parse(raw: string): { readonly settings: Json; readonly fault?: string } {
  if (raw.trim() === "") return { settings: {} };
  try {
    const value: unknown = json5.parse(raw);
    return isObject(value) ? { settings: value } : { settings: {}, fault: "they are not an object" };
  } catch (error) {
    return { settings: {}, fault: (error as Error).message.replace(/^JSON5: /, "") };
  }
}
