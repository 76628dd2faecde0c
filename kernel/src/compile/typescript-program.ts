import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** The command that is TypeScript: the native program in its package for this machine, or its script. */
export function typescriptProgram(): [string, ...string[]] {
  const require = createRequire(import.meta.url);
  const typescript = require.resolve("typescript/package.json");
  try {
    const platform = `@typescript/typescript-${process.platform}-${process.arch}/package.json`;
    const name = process.platform === "win32" ? "tsc.exe" : "tsc";
    return [join(dirname(createRequire(typescript).resolve(platform)), "lib", name)];
  } catch {
    return [process.execPath, join(dirname(typescript), "lib", "tsc.js")];
  }
}
