import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** Node's own types: those of the notebook's project, or those that came with the kernel. */
export function findNodeTypes(folder: string): string | undefined {
  for (const base of [join(folder, "notebook.js"), import.meta.url]) {
    try {
      return join(dirname(createRequire(base).resolve("@types/node/package.json")), "index.d.ts");
    } catch {
      // look in the next place
    }
  }
  return undefined;
}
