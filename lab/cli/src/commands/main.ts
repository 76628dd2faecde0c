import { KERNEL_VERSION, KernelError } from "gradlab-kernel";
import { HELP } from "./help.js";

type Command = (argv: readonly string[]) => Promise<number>;

/** Loaded when they are named: a command does not wait for what others need. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  convert: async () => (await import("./convert.js")).convertCommand,
  lab: async () => (await import("./lab.js")).labCommand,
  run: async () => (await import("./run-command.js")).runCommand,
  kernel: async () => (await import("./kernel.js")).kernelCommand,
  train: async () => (await import("./train.js")).trainCommand,
  data: async () => (await import("./data.js")).dataCommand,
  doctor: async () => (await import("./doctor.js")).doctor,
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
    const load = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
    if (load === undefined) throw new KernelError("E_USAGE", `There is no command "${name}".`);
    const command = await load();
    return await command(rest);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    return isUsers(error) ? 2 : 1;
  }
}

/** What the SDK says of options and files that were given to it. */
const GIVEN_WRONG = /^E_(CONFIG|FILE_NOT_FOUND|FILE_FORMAT|MODEL_NOT_FOUND|DATA_FORMAT|DATA_EMPTY)$/;

/** Errors that the user can mend; parseArgs of Node has its own words for wrong arguments. */
function isUsers(error: unknown): boolean {
  const { name, code } = error as { readonly name?: unknown; readonly code?: unknown };
  if (name === "KernelError" || name === "ServerError") return true;
  if (name === "GradlabError") return GIVEN_WRONG.test(String(code));
  return String(code).startsWith("ERR_PARSE_ARGS");
}
