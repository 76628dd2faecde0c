import { randomUUID } from "node:crypto";
import { createLanguageService } from "../checker/index.js";
import { DebugAdapter } from "../debugger/index.js";
import { CellProcess } from "../session/index.js";
import {
  bindServer,
  type ConnectionInfo,
  createMessage,
  type Header,
  type JsonObject,
  type Message,
  type ServerSockets,
} from "../wire/index.js";
import { comm, commInfo, forgetComms } from "./comm.js";
import { complete } from "./complete.js";
import { connect } from "./connect.js";
import type { Context, Handler, Request, NotebookLanguage, TypeCheckMode } from "./context.js";
import { debug } from "./debug.js";
import { EditorComms } from "./editor-comms.js";
import { execute, stopsQueue } from "./execute.js";
import { HeldReports } from "./held-reports.js";
import { History, history } from "./history.js";
import { inputReply } from "./input-reply.js";
import { inspect } from "./inspect.js";
import { interrupt } from "./interrupt.js";
import { isComplete } from "./is-complete.js";
import { kernelInfo } from "./kernel-info.js";
import { publishReport } from "./outputs.js";
import { Publisher } from "./publisher.js";
import { type Shell, Shells } from "./shell.js";
import { shutdown } from "./shutdown.js";
import { createSubshell, deleteSubshell, listSubshells, refuseUnknown } from "./subshells.js";
import { usage } from "./usage.js";

export interface KernelOptions {
  /** The notebook's folder: cells run there. */
  readonly cwd: string;
  readonly typeCheck: TypeCheckMode;
  /** By default "typescript". */
  readonly notebookLanguage?: NotebookLanguage;
  /** MB that the process which runs cells may use; by default no limit but Node's own for its heap. */
  readonly memoryLimit?: number;
  /** The folder of the inputs that are kept across kernels; without it they end with the kernel. */
  readonly history?: string;
}

/** Everything but execute_request, which waits its turn. */
const HANDLERS: Readonly<Record<string, Handler>> = {
  kernel_info_request: kernelInfo,
  is_complete_request: isComplete,
  complete_request: complete,
  inspect_request: inspect,
  history_request: history,
  connect_request: connect,
  comm_info_request: commInfo,
  comm_open: comm,
  comm_msg: comm,
  comm_close: comm,
  interrupt_request: interrupt,
  shutdown_request: shutdown,
  debug_request: debug,
  usage_request: usage,
  create_subshell_request: createSubshell,
  delete_subshell_request: deleteSubshell,
  list_subshell_request: listSubshells,
};

/** A running kernel: reads requests, answers them, runs the cells of each shell one after another. */
export class Kernel {
  readonly #sockets: ServerSockets;
  readonly #context: Context;
  #stopped: Promise<void> | undefined;
  /** Called when the kernel was asked to end and has. */
  onStop: () => void = () => {};

  private constructor(
    sockets: ServerSockets,
    session: string,
    connection: ConnectionInfo,
    options: KernelOptions,
  ) {
    this.#sockets = sockets;
    const publisher = new Publisher(session, (message) => sockets.send("iopub", message));
    const cells = new CellProcess(options, {
      output: (report, buffers) => {
        if (!this.#context.held.take(report, buffers)) publishReport(this.#context, report, buffers);
      },
      lost: (why) => {
        this.#context.language.forget();
        forgetComms(this.#context);
        publisher.stream("stderr", `${why}\n`, {});
      },
      inspector: (report) => this.#context.debugger.receive(report),
    });
    const adapter = new DebugAdapter({
      folder: options.cwd,
      inspect: (id, method, params) => cells.inspect(id, method, params),
      publish: (event) => publisher.publish("debug_event", event, parentOf(this.#context)),
      interrupt: () => interrupt(this.#context),
    });
    this.#context = {
      session,
      connection,
      publisher,
      cells,
      debugger: adapter,
      language: createLanguageService(options.cwd),
      typeCheck: options.typeCheck,
      notebookLanguage: options.notebookLanguage ?? "typescript",
      autoreload: false,
      editors: new EditorComms(),
      requests: new Map(),
      held: new HeldReports(),
      comms: new Map(),
      send: (channel, message) => sockets.send(channel, message),
      flush: sockets.flush,
      runs: 0,
      shells: new Shells(new History(options.history)),
      abort: (shell) => void this.#abort(shell.queue.splice(0)),
      stop: () => void setImmediate(() => void this.stop()),
    };
  }

  /** Binds the sockets of `connection` and serves until it is told to end. */
  static async start(connection: ConnectionInfo, options: KernelOptions): Promise<Kernel> {
    const session = randomUUID();
    const sockets = await bindServer(connection, session);
    const kernel = new Kernel(sockets, session, connection, options);
    kernel.#context.publisher.publish("status", { execution_state: "starting" }, {});
    sockets.read((channel, message) => kernel.#receive(channel, message));
    return kernel;
  }

  /** Stops the running cell, as SIGINT asks. */
  interrupt(): void {
    interrupt(this.#context);
  }

  /** Ends the cell process and closes the sockets once everything is sent. */
  stop(): Promise<void> {
    this.#stopped ??= this.#end();
    return this.#stopped;
  }

  async #end(): Promise<void> {
    for (const shell of this.#context.shells.all) shell.queue.length = 0;
    await Promise.all([this.#context.cells.close(), this.#context.language.close()]);
    this.#context.publisher.flush();
    this.#context.shells.main.history.close();
    this.#context.debugger.close();
    await this.#sockets.close();
    this.onStop();
  }

  #receive(channel: Request["channel"], message: Message): void {
    const { msg_type: type, subshell_id: id } = message.header;
    const { shells } = this.#context;
    const shell = channel === "control" ? shells.main : shells.find(id);
    const request = { channel, message, shell: shell ?? shells.main };
    if (channel === "stdin") {
      if (type === "input_reply") inputReply(this.#context, request);
    } else if (shell === undefined) {
      void this.#answer(request, () => refuseUnknown(type, id));
    } else if (type === "execute_request") {
      shell.queue.push(request);
      if (!shell.working) void this.#work(shell);
    } else {
      // an unknown type has no reply, but front ends wait for its idle
      void this.#answer(request, Object.hasOwn(HANDLERS, type) ? HANDLERS[type] : () => undefined);
    }
  }

  /** Runs the queued cells; a failed one aborts those that were sent before its reply. */
  async #work(shell: Shell): Promise<void> {
    shell.working = true;
    for (let request = shell.queue.shift(); request !== undefined; request = shell.queue.shift()) {
      let aborted: Request[] = [];
      const current = request;
      await this.#answer(request, async (context) => {
        const reply = await execute(context, current);
        if (!stopsQueue(current, reply)) return reply;
        // requests sent together with this one may still be on their way through the socket
        await new Promise((resolve) => setTimeout(resolve, 1));
        aborted = shell.queue.splice(0);
        return reply;
      });
      this.#context.flush();
      await this.#abort(aborted);
    }
    shell.working = false;
    this.#context.shells.rested(shell);
  }

  async #abort(requests: readonly Request[]): Promise<void> {
    for (const one of requests) await this.#answer(one, () => ({ status: "aborted" }));
  }

  /** busy, the handler, its reply, idle: nothing of the request comes after idle. */
  async #answer(request: Request, handler: Handler): Promise<void> {
    const { publisher } = this.#context;
    const { header, identities } = request.message;
    publisher.publish("status", { execution_state: "busy" }, header);
    let reply: JsonObject | undefined;
    try {
      reply = await handler(this.#context, request);
    } catch (error) {
      reply = failure(error);
    }
    // comm messages know no reply, not even that they failed
    if (reply !== undefined && header.msg_type.endsWith("_request")) {
      const type = header.msg_type.replace(/_request$/, "_reply");
      const message = createMessage(this.#context.session, type, reply, { parent: header, identities });
      this.#sockets.send(request.channel, message);
    }
    publisher.publish("status", { execution_state: "idle" }, header);
    for (const { running } of this.#context.shells.all) {
      if (running === undefined || running.request === request) continue;
      // front ends show the last state they hear of: a running cell keeps the kernel busy
      publisher.publish("status", { execution_state: "busy" }, running.request.message.header);
      break;
    }
  }
}

function failure(error: unknown): JsonObject {
  const { name, message } = error instanceof Error ? error : new Error(String(error));
  return { status: "error", ename: name, evalue: message, traceback: [`${name}: ${message}`] };
}

/** Events of the debugger belong to the cell that runs. */
function parentOf({ shells }: Context): Header | JsonObject {
  const shell = [...shells.all].find(({ running }) => running !== undefined);
  return shell?.running?.request.message.header ?? {};
}
