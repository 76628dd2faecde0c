#!/usr/bin/env node
/** argv → a running kernel. */
import { resolve } from "node:path";
import { historyFolder, Kernel, type TypeCheckMode } from "./messages/index.js";
import { readConnectionFile } from "./wire/index.js";
import { KernelError } from "./errors.js";

/** ms between two looks at whether the process that started the kernel still lives. */
const PARENT_CHECK = 1000;

/** Asked at once: who started the kernel may end while it starts. */
const PARENT = process.ppid;

/** The process id by which Jupyter names itself to its kernels. */
const JUPYTER = Number(process.env["JPY_PARENT_PID"]);
/** The kernel's own parent, unless that was gone before the kernel could ask. */
const FOLLOWS = JUPYTER > 0 && (JUPYTER === PARENT || PARENT === 1);

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

const MODES: readonly string[] = ["warn", "block", "off"];

function option(name: string): string | undefined {
  const at = process.argv.findIndex((argument) => argument === name || argument.startsWith(`${name}=`));
  const found = process.argv[at];
  if (at < 0 || found === undefined) return undefined;
  return found === name ? process.argv[at + 1] : found.slice(name.length + 1);
}

/** Inputs are kept for the next kernels unless `--history off` or GRADLAB_HISTORY=off; or in a folder of one's own. */
function keptHistory(): { readonly history?: string } {
  const choice = option("--history") ?? process.env["GRADLAB_HISTORY"] ?? "on";
  if (choice === "off") return {};
  return { history: choice === "on" || choice === "" ? historyFolder() : resolve(choice) };
}

/** The least that runs anything: the process alone takes about half of it. */
const LEAST_MEMORY = 128;

/** `--memory-limit MB` or GRADLAB_MEMORY_LIMIT: what the process that runs cells may use. */
function memoryLimit(): { readonly memoryLimit?: number } {
  const given = option("--memory-limit") ?? process.env["GRADLAB_MEMORY_LIMIT"] ?? "";
  if (given === "") return {};
  if (!/^\d+$/.test(given) || Number(given) < LEAST_MEMORY) {
    throw new KernelError("E_USAGE", `The memory limit ${given} cannot be kept.`, {
      hint: `A whole number of MB, ${LEAST_MEMORY} or more.`,
    });
  }
  return { memoryLimit: Number(given) };
}

async function start(): Promise<void> {
  const path = option("--connection-file");
  if (path === undefined) throw new KernelError("E_CONNECTION_FILE", "No connection file was named.");
  const language = option("--language") ?? "typescript";
  if (language !== "typescript" && language !== "javascript") {
    throw new KernelError("E_USAGE", `Unknown --language ${language}.`, {
      hint: "typescript or javascript.",
    });
  }
  // JavaScript was not written to pass as TypeScript
  const usual = language === "javascript" ? "off" : "warn";
  const mode = option("--type-check") ?? process.env["GRADLAB_TYPE_CHECK"] ?? usual;
  if (!MODES.includes(mode)) {
    throw new KernelError("E_USAGE", `Unknown --type-check ${mode}.`, {
      hint: `One of ${MODES.join(", ")}.`,
    });
  }
  const kernel = await Kernel.start(readConnectionFile(path), {
    cwd: process.cwd(),
    typeCheck: mode as TypeCheckMode,
    notebookLanguage: language,
    ...keptHistory(),
    ...memoryLimit(),
  });
  kernel.onStop = () => process.exit(0);
  if (process.argv.includes("--end-with-stdin")) {
    // whoever started this kernel holds the pipe: it closes however that process ends
    process.stdin.resume().on("close", () => void kernel.stop());
  }
  const isOrphan = (): boolean => process.ppid !== PARENT || !isAlive(JUPYTER);
  if (FOLLOWS) setInterval(() => isOrphan() && void kernel.stop(), PARENT_CHECK).unref();
  process.on("SIGINT", () => kernel.interrupt());
  for (const signal of ["SIGTERM", "SIGHUP"] as const) process.on(signal, () => void kernel.stop());
}

start().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
