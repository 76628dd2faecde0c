import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { createInterface } from "node:readline";

export interface ResidentCommand {
  readonly name: string;
  readonly command: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

interface Waiting {
  readonly resolve: (line: string) => void;
  readonly reject: (error: Error) => void;
}

/**
 * A child that stays alive between slices and speaks one JSON object a line: its first line says that it is ready, then
 * each request is answered by one line. Lines that do not start with `{` are passed to stderr.
 */
export class Resident {
  readonly name: string;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: string[] = [];
  readonly #waiting: Waiting[] = [];
  #stderr = "";
  #ended: Error | undefined;

  private constructor(spec: ResidentCommand) {
    this.name = spec.name;
    const [file = "", ...args] = spec.command;
    this.#child = spawn(file, args, { cwd: spec.cwd, env: { ...process.env, ...spec.env } });
    createInterface({ input: this.#child.stdout }).on("line", (line) => this.#receive(line));
    this.#child.stderr.on("data", (chunk: Buffer) => {
      this.#stderr = (this.#stderr + chunk.toString()).slice(-4000);
    });
    this.#child.stdin.on("error", () => undefined);
    this.#child.on("error", (error) => this.#end(error.message));
    this.#child.on("close", (code, signal) => this.#end(`ended with ${signal ?? `code ${code}`}`));
  }

  /** Starts the child and waits for its first line, which is returned as `hello`. */
  static async start<T>(spec: ResidentCommand): Promise<{ resident: Resident; hello: T }> {
    const resident = new Resident(spec);
    return { resident, hello: JSON.parse(await resident.#next()) as T };
  }

  async request<T>(body: object): Promise<T> {
    this.#child.stdin.write(JSON.stringify(body) + "\n");
    return JSON.parse(await this.#next()) as T;
  }

  /** Closes stdin, which ends a well-behaved child, and waits; kills it after 3 s. */
  async close(): Promise<void> {
    if (this.#ended) return;
    const closed = new Promise<void>((resolve) => this.#child.once("close", () => resolve()));
    this.#child.stdin.end();
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), 3000);
    await closed;
    clearTimeout(timer);
  }

  #next(): Promise<string> {
    const line = this.#lines.shift();
    if (line !== undefined) return Promise.resolve(line);
    if (this.#ended) return Promise.reject(this.#ended);
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  #receive(line: string): void {
    if (!line.startsWith("{")) {
      process.stderr.write(`[${this.name}] ${line}\n`);
      return;
    }
    const waiter = this.#waiting.shift();
    if (waiter) waiter.resolve(line);
    else this.#lines.push(line);
  }

  #end(why: string): void {
    this.#ended ??= new Error(`The peer "${this.name}" ${why}.\n${this.#stderr}`.trim());
    for (const waiter of this.#waiting.splice(0)) waiter.reject(this.#ended);
  }
}
