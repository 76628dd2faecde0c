import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { extensionPackages, manifestOf } from "./entries.js";
import { APP, packageFolder } from "./paths.js";

/** Settings schemas of the packages and of our own extensions → `output`/schemas, and gradlab's defaults beside them. */
export function copySchemas(output: string): void {
  for (const name of extensionPackages()) {
    const { schemaDir } = manifestOf(name).jupyterlab ?? {};
    if (schemaDir !== undefined)
      copy(join(packageFolder(name), schemaDir), packageFolder(name), name, output);
  }
  copy(join(APP, "schemas"), APP, "gradlab-app", output);
  cpSync(join(APP, "overrides.json"), join(output, "overrides.json"));
}

function copy(from: string, folder: string, name: string, output: string): void {
  if (!existsSync(from)) return;
  const to = join(output, "schemas", ...name.split("/"));
  mkdirSync(to, { recursive: true });
  for (const file of readdirSync(from).filter((entry) => entry.endsWith(".json"))) {
    cpSync(join(from, file), join(to, file));
  }
  const { name: full, version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Record<
    string,
    string
  >;
  writeFileSync(join(to, "package.json.orig"), `${JSON.stringify({ name: full, version })}\n`);
}
