import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { typescriptProgram } from "./typescript-program.js";

export interface Lowered {
  readonly code: string;
  readonly mappings: string;
}

/**
 * TC39 decorators → code that Node runs. Only TypeScript itself can do that, so these cells and files go
 * through its compiler (some 30 ms), without type checks. Undefined when it is not there.
 */
export function lowerDecorators(source: string, jsx: boolean): Lowered | undefined {
  const folder = mkdtempSync(join(tmpdir(), "gradlab-decorators-"));
  const name = jsx ? "cell.tsx" : "cell.ts";
  try {
    writeFileSync(join(folder, name), source);
    const [command, ...parameters] = typescriptProgram();
    spawnSync(command, [...parameters, name, ...OPTIONS], { cwd: folder, stdio: "ignore" });
    const output = join(folder, "out", jsx ? "cell.jsx" : "cell.js");
    const code = readFileSync(output, "utf8").replace(/\n\/\/# sourceMappingURL=.*\s*$/, "\n");
    return {
      code,
      mappings: (JSON.parse(readFileSync(`${output}.map`, "utf8")) as Lowered).mappings,
    };
  } catch {
    return undefined;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const OPTIONS =
  "--target es2022 --module esnext --moduleResolution bundler --jsx preserve --verbatimModuleSyntax --noCheck --noResolve --noLib --ignoreConfig --sourceMap --outDir out --pretty false".split(
    " ",
  );
