import { readFileSync } from "node:fs";
import { join } from "node:path";
import { benchRoot } from "../harness/index.js";

/** The version of a peer in bench/node_modules. */
export function versionOf(name: string): string {
  const file = join(benchRoot, "node_modules", name, "package.json");
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}
