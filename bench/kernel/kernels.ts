import { existsSync } from "node:fs";
import { join } from "node:path";
import { benchRoot, ensureBenchDependencies, readVersion, repoRoot } from "../harness/index.js";

/** A kernel to measure: how it is started, and what language it speaks. */
export interface KernelSpec {
  readonly name: string;
  readonly command: readonly string[];
  readonly language: "typescript" | "python";
  /** Shows `text` (an expression) as text/html. */
  readonly display: (text: string) => string;
  /** Why it cannot run here. */
  readonly unavailable?: string;
}

export const OURS = "gradlab";
export const TSLAB = "tslab";
export const DENO = "Deno";
export const IPYKERNEL = "ipykernel";

const PYTHON = "/usr/bin/python3";
const modules = join(benchRoot, "node_modules");
const DENO_BINARY = join(modules, "@deno", "linux-x64-glibc", "deno");

function whyNoIpykernel(): string | undefined {
  const version =
    existsSync(PYTHON) && readVersion(PYTHON, ["-c", "import ipykernel; print(ipykernel.__version__)"]);
  return version ? undefined : "Debian's python3-ipykernel is not installed";
}

const because = (reason: string | undefined): { readonly unavailable?: string } =>
  reason === undefined ? {} : { unavailable: reason };

/** gradlab first, then its peers. */
export function kernelSpecs(): KernelSpec[] {
  const noTslab = ensureBenchDependencies("tslab");
  const noDeno = existsSync(DENO_BINARY) ? undefined : "the npm package deno has no binary for this platform";
  return [
    {
      name: OURS,
      command: [
        process.execPath,
        join(repoRoot, "kernel", "dist", "main.js"),
        "--connection-file",
        "{connection_file}",
      ],
      language: "typescript",
      display: (text) => `Jupyter.displayBundle({ "text/html": ${text} })`,
    },
    {
      name: TSLAB,
      command: [
        process.execPath,
        join(modules, "tslab", "bin", "tslab"),
        "kernel",
        "--config-path",
        "{connection_file}",
      ],
      language: "typescript",
      display: (text) => `tslab.display.html(${text})`,
      ...because(noTslab),
    },
    {
      name: DENO,
      command: [DENO_BINARY, "jupyter", "--kernel", "--conn", "{connection_file}"],
      language: "typescript",
      display: (text) =>
        `await Deno.jupyter.broadcast("display_data", { data: { "text/html": ${text} }, metadata: {}, transient: {} })`,
      ...because(noTslab ?? noDeno),
    },
    {
      name: IPYKERNEL,
      command: [PYTHON, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
      language: "python",
      display: (text) => `display({"text/html": ${text}}, raw=True)`,
      ...because(whyNoIpykernel()),
    },
  ];
}
