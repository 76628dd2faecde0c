import { KERNEL_VERSION, KernelError } from "gradlab-kernel";
import { ServerError } from "gradlab-lab-server";
import { convertCommand } from "./convert.js";
import { doctor } from "./doctor.js";
import { HELP } from "./help.js";
import { kernelCommand } from "./kernel.js";
import { labCommand } from "./lab.js";
import { runCommand } from "./run-command.js";

const COMMANDS: Readonly<Record<string, (argv: readonly string[]) => Promise<number>>> = {
  convert: convertCommand,
  lab: labCommand,
  run: runCommand,
  kernel: kernelCommand,
  doctor,
};

/** Runs the command that `argv` (without node and script) names; returns the exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  const [name, ...rest] = argv;
  try {
    if (
      name === undefined ||
      name === "--help" ||
      name === "-h" ||
      name === "help" ||
      rest.includes("--help")
    ) {
      process.stdout.write(HELP);
      return name === undefined ? 2 : 0;
    }
    if (name === "--version" || name === "-v") {
      console.log(KERNEL_VERSION);
      return 0;
    }
    const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
    if (command === undefined) throw new KernelError("E_USAGE", `There is no command "${name}".`);
    return await command(rest);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    if (error instanceof KernelError || error instanceof ServerError || isUsageError(error)) return 2;
    return 1;
  }
}

/** parseArgs of Node says in its own words what is wrong with the arguments. */
function isUsageError(error: unknown): boolean {
  return String((error as { code?: unknown }).code).startsWith("ERR_PARSE_ARGS");
}
