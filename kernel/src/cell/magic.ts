import { homedir } from "node:os";
import { resolve } from "node:path";
import { KernelError } from "../errors.js";
import { magicHelp } from "../magics/index.js";
import { reload } from "./imports.js";
import { npmCommand, runProgram } from "./programs.js";
import { listVariables } from "./variables.js";

const FOLDER = process.cwd();
const print = (text: string): void => void process.stdout.write(`${text}\n`);
const words = (text: string): string[] => text.split(/\s+/).filter((word) => word !== "");

type Handler = (argument: string, body: string) => Promise<void> | void;

/** What magics do in the cell process; those that concern the kernel were done before the cell. */
const HANDLERS: Readonly<Record<string, Handler>> = {
  reload,
  print,
  env: showEnvironment,
  who: () => print(listVariables()),
  cd: changeFolder,
  pwd: () => print(process.cwd()),
  help: (name) => print(magicHelp(name)),
  lsmagic: () => print(magicHelp()),
  bash: runBash,
  install,
};

/** A cell's script calls this where a magic stands. */
export async function magic(name: string, argument: string, body: string): Promise<void> {
  await HANDLERS[name]?.(argument, body);
}

function showEnvironment(argument: string): void {
  const [, name = "", value] = /^([^=\s]*)\s*(?:=\s*(.*))?$/s.exec(argument) ?? [];
  if (value !== undefined && name !== "") {
    process.env[name] = value;
    return;
  }
  if (name !== "") return print(process.env[name] ?? `${name} is not set.`);
  const lines = Object.entries(process.env).map(([key, text]) => `${key}=${text}`);
  print(lines.sort().join("\n"));
}

function changeFolder(argument: string): void {
  const wanted = argument.replace(/^(["'])(.*)\1$/, "$2").replace(/^~(?=\/|$)/, homedir());
  const folder = resolve(wanted === "" ? FOLDER : wanted);
  try {
    process.chdir(folder);
  } catch (cause) {
    throw new KernelError("E_MAGIC", `The folder ${folder} cannot be entered.`, {
      hint: "%pwd shows where you are; %cd alone leads to the notebook's folder.",
      cause,
    });
  }
  print(folder);
}

async function runBash(argument: string, body: string): Promise<void> {
  const code = await runProgram("bash", ["-c", body, "bash", ...words(argument)]).catch((cause: unknown) => {
    throw new KernelError("E_MAGIC", "bash cannot be started.", {
      hint: "Install bash, or use node:child_process.",
      cause,
    });
  });
  if (code !== 0)
    throw new KernelError(
      "E_MAGIC",
      `The script ended with ${typeof code === "number" ? `exit code ${code}` : code}.`,
      {
        hint: "Its last lines above say why; `|| true` behind a command accepts its failure.",
      },
    );
}

/** npm into the notebook's folder, without the packages' install scripts. */
async function install(argument: string): Promise<void> {
  const packages = words(argument);
  const flag = packages.find((name) => name.startsWith("-"));
  if (packages.length === 0 || flag !== undefined)
    throw new KernelError(
      "E_MAGIC",
      flag === undefined ? "%install needs the name of a package." : `%install takes packages, not ${flag}.`,
      {
        hint: "For example: %install d3-array@3",
      },
    );
  const [command, ...first] = npmCommand();
  const parameters = [
    "install",
    "--ignore-scripts",
    "--no-audit",
    "--no-fund",
    "--prefix",
    FOLDER,
    ...packages,
  ];
  const code = await runProgram(command, [...first, ...parameters], FOLDER);
  if (code !== 0)
    throw new KernelError("E_MAGIC", `npm could not install ${packages.join(", ")}.`, {
      hint: "Its lines above say why: a name that does not exist, no network, a folder that cannot be written.",
    });
}
