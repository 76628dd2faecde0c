// Sends a kernel what no front end would, by all of its sockets, and looks whether it lives and answers on:
//   npm run build && node scripts/dist/kernel/fuzz.js [--cases 100000] [--seed 1]
import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { connectClient, createMessage, freePorts, type ConnectionInfo, type Message } from "gradlab-kernel";
import { Dealer } from "zeromq";
import { anyBytes, anyFrames, Random } from "./fuzz-cases.js";

const MAIN = fileURLToPath(new URL("./main.js", import.meta.resolve("gradlab-kernel")));
/** Cases between two looks at whether the kernel answers; ms until it counts as hanging. */
const ROUND = 250;
const PATIENCE = 120_000;
/** Cases between two lines of progress. */
const PROGRESS = 10_000;
/** One case in so many is bytes for a port; the others are messages. */
const RAW = 8;
/** MiB that the kernel's own heap may have: what is only not collected yet is collected, what leaks ends it. */
const HEAP = 128;
/** What the kernel may have grown by: files open, and MiB resident in its own process. */
const GROWTH = { files: 20, memory: 250 } as const;

class Target {
  readonly info: ConnectionInfo;
  readonly #folder: string;
  readonly #child: ChildProcess;
  readonly #client: ReturnType<typeof connectClient>;
  readonly #dealers: readonly Dealer[];
  readonly #waiting = new Map<string, (message: Message) => void>();
  readonly #session = randomUUID();
  #ended: string | undefined;

  private constructor(info: ConnectionInfo) {
    this.info = info;
    this.#folder = mkdtempSync(join(tmpdir(), "gradlab-fuzz-"));
    const file = join(this.#folder, "connection.json");
    writeFileSync(file, JSON.stringify(info));
    this.#child = spawn(
      process.execPath,
      [
        `--max-old-space-size=${HEAP}`,
        MAIN,
        "--connection-file",
        file,
        "--type-check",
        "off",
        "--history",
        join(this.#folder, "history"),
      ],
      { stdio: ["ignore", "inherit", "inherit"], cwd: this.#folder },
    );
    this.#child.once("exit", (code, signal) => (this.#ended = signal ?? `code ${code}`));
    this.#client = connectClient(info, (_channel, { parent, ...message }) => {
      const id = (parent as { msg_id?: unknown }).msg_id;
      if (typeof id === "string" && message.header.msg_type.endsWith("_reply"))
        this.#waiting.get(id)?.({ parent, ...message });
    });
    this.#dealers = ([info.shell_port, info.control_port, info.stdin_port] as const).map((port) => {
      const dealer = new Dealer({ linger: 0, routingId: this.#session });
      dealer.connect(`tcp://127.0.0.1:${port}`);
      void drain(dealer);
      return dealer;
    });
  }

  static async start(): Promise<Target> {
    const [shell, iopub, stdin, control, hb] = await freePorts(5);
    const ports = {
      shell_port: shell,
      iopub_port: iopub,
      stdin_port: stdin,
      control_port: control,
      hb_port: hb,
    };
    const target = new Target({
      ...ports,
      transport: "tcp",
      ip: "127.0.0.1",
      key: randomUUID(),
      signature_scheme: "hmac-sha256",
    });
    await target.ask("kernel_info_request", {});
    return target;
  }

  async frames(random: Random): Promise<void> {
    await random.pick(this.#dealers).send(anyFrames(random, this.info.key, randomUUID()));
  }

  /** A connection that says something odd and goes away. */
  async bytes(random: Random): Promise<void> {
    const { shell_port, iopub_port, stdin_port, control_port, hb_port } = this.info;
    const port = random.pick([shell_port, iopub_port, stdin_port, control_port, hb_port]);
    const said = anyBytes(random);
    await new Promise<void>((resolve) => {
      const socket = connect(port, "127.0.0.1", () => {
        socket.write(said, () => setImmediate(() => socket.resetAndDestroy()));
      });
      socket.on("data", () => {});
      socket.on("error", () => {});
      socket.on("close", () => resolve());
    });
  }

  /** A reply, or why there is none. */
  async ask(type: string, content: Record<string, unknown>): Promise<Message> {
    const message = createMessage(this.#session, type, content);
    let timer: NodeJS.Timeout | undefined;
    const answer = new Promise<Message>((resolve, reject) => {
      this.#waiting.set(message.header.msg_id, resolve);
      timer = setTimeout(() => reject(new Error(`no ${type} within ${PATIENCE / 1000} s`)), PATIENCE);
      this.#child.once("exit", () => reject(new Error(`the kernel ended: ${this.#ended}`)));
    });
    this.#client.send("shell", message);
    try {
      return await answer;
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(message.header.msg_id);
      this.#child.removeAllListeners("exit");
      this.#child.once("exit", (code, signal) => (this.#ended = signal ?? `code ${code}`));
    }
  }

  /** Open files, and MiB that are resident. */
  usage(): { files: number; memory: number } {
    const pid = this.#child.pid ?? 0;
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    return {
      files: readdirSync(`/proc/${pid}/fd`).length,
      memory: Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024,
    };
  }

  async stop(): Promise<void> {
    const gone = new Promise((resolve) => this.#child.once("exit", resolve));
    this.#client.close();
    for (const dealer of this.#dealers) dealer.close();
    if (this.#ended === undefined) {
      this.#child.kill("SIGTERM");
      await gone;
    }
    rmSync(this.#folder, { recursive: true });
  }
}

async function drain(socket: Dealer): Promise<void> {
  try {
    for await (const frames of socket) void frames;
  } catch {
    // closed
  }
}

/** The variable that was set before the cases; a failed one of them may still abort the question. */
async function readVariable(target: Target): Promise<string> {
  const content = { code: "", user_expressions: { kept: "kept" }, store_history: false };
  for (;;) {
    const reply = (await target.ask("execute_request", content)).content;
    // an interrupt among the cases may come late, and a failed case aborts what waits behind it
    if (reply["status"] !== "ok") continue;
    const { kept } = reply["user_expressions"] as Record<string, { data?: Record<string, string> }>;
    return kept?.data?.["text/plain"] ?? JSON.stringify(kept);
  }
}

function tellProgress(target: Target, done: number): void {
  const { files, memory } = target.usage();
  process.stderr.write(`${done} cases: ${files} files, ${memory.toFixed()} MiB\n`);
}

/** Runs the cases; what went wrong, or nothing. */
export async function fuzz(cases: number, seed: number): Promise<string[]> {
  const random = new Random(seed);
  const target = await Target.start();
  const faults: string[] = [];
  try {
    await target.ask("execute_request", { code: "const kept = 6 * 7" });
    let before = target.usage();
    for (let done = 0; done < cases; done += 1) {
      if (done % RAW === 0) await target.bytes(random);
      else await target.frames(random);
      if (done % ROUND !== ROUND - 1 && done !== cases - 1) continue;
      // waits for the cells among the cases as well: they do not pile up
      const kept = await readVariable(target);
      if (kept !== "42") return [`the variables are gone after ${done + 1} cases: ${kept}`];
      // the first rounds load and compile what was not used before
      if (done < 10 * ROUND) before = target.usage();
      if ((done + 1) % PROGRESS === 0) tellProgress(target, done + 1);
    }
    const after = target.usage();
    process.stdout.write(
      `${cases} cases, seed ${seed}: ${before.files} to ${after.files} files, ${before.memory.toFixed()} to ${after.memory.toFixed()} MiB\n`,
    );
    if (after.files > before.files + GROWTH.files) faults.push(`${after.files} files are open`);
    if (after.memory > before.memory + GROWTH.memory)
      faults.push(`${after.memory.toFixed()} MiB are resident`);
  } catch (error) {
    faults.push(error instanceof Error ? error.message : String(error));
  } finally {
    await target.stop();
  }
  return faults;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: { cases: { type: "string", default: "100000" }, seed: { type: "string", default: "1" } },
  });
  const faults = await fuzz(Number(values.cases), Number(values.seed));
  for (const fault of faults) console.error(fault);
  process.exitCode = faults.length > 0 ? 1 : 0;
}
