import { type ChildProcess, spawn } from "node:child_process";
import { ServerError } from "../errors.js";
import type { KernelSpec } from "../kernelspecs/index.js";

export interface ProcessOptions {
  readonly spec: KernelSpec;
  readonly connectionFile: string;
  readonly cwd: string;
  /** The notebook's path: Jupyter's JPY_SESSION_NAME. */
  readonly sessionName: string;
  /** What the process prints beside its outputs. */
  readonly log: (text: string) => void;
}

/** ms between SIGTERM and SIGKILL. */
const GRACE = 1500;

/** One run of a kernel's program, the head of a process group of its own. */
export class KernelProcess {
  readonly #child: ChildProcess;
  readonly startedAt = Date.now();
  /** Resolves with how it ended. */
  readonly exited: Promise<string>;

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.exited = new Promise((resolve) =>
      child.once("exit", (code, signal) => resolve(signal ?? `exit code ${code}`)),
    );
  }

  /** Throws E_INTERNAL when the program cannot be started. */
  static start({ spec, connectionFile, cwd, sessionName, log }: ProcessOptions): Promise<KernelProcess> {
    const [command, ...parameters] = spec.argv.map((part) =>
      part.replaceAll("{connection_file}", connectionFile).replaceAll("{resource_dir}", spec.folder ?? ""),
    );
    const child = spawn(command, parameters, {
      cwd,
      // stdin is a pipe that nobody writes to: it closes however this process ends
      stdio: ["pipe", "pipe", "pipe"],
      detached: process.platform !== "win32", // Ctrl-C is for the server
      windowsHide: true,
      env: {
        ...process.env,
        ...expand(spec.env),
        JPY_PARENT_PID: String(process.pid),
        JPY_SESSION_NAME: sessionName,
      },
    });
    child.stdin?.on("error", () => {});
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding("utf8").on("data", log);
    }
    return new Promise((resolve, reject) => {
      child.once("error", (cause) =>
        reject(
          new ServerError("E_INTERNAL", `The kernel "${spec.name}" cannot be started: ${cause.message}.`, {
            where: command,
            hint: "Check the command in its kernel.json.",
            cause,
          }),
        ),
      );
      child.once("spawn", () => resolve(new KernelProcess(child)));
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** To the whole group: what a cell started is told as well. */
  signal(name: NodeJS.Signals): void {
    try {
      if (process.platform === "win32") this.#child.kill(name);
      else process.kill(-this.pid, name);
    } catch {
      // it is gone
    }
  }

  /** Waits `patience` ms for it to end by itself, then ends it; nothing of its group is left. */
  async end(patience: number): Promise<void> {
    for (const [name, wait] of [
      [undefined, patience],
      ["SIGTERM", GRACE],
    ] as const) {
      if (name !== undefined && this.isRunning) this.signal(name);
      if (this.isRunning) await Promise.race([this.exited, delay(wait)]);
    }
    this.signal("SIGKILL");
    if (this.isRunning) await this.exited;
  }
}

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}

/** `${NAME}` in a kernelspec's env stands for a variable of the server's. */
function expand(env: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(env).map(([key, value]) => [
      key,
      value.replace(/\$\{([A-Za-z_]\w*)\}/g, (whole, name: string) => process.env[name] ?? whole),
    ]),
  );
}
