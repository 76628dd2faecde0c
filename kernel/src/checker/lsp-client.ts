import { type ChildProcess, spawn } from "node:child_process";
import { pathToFileURL } from "node:url";
import { typescriptProgram } from "../compile/index.js";

interface Incoming {
  readonly id?: number | string;
  readonly method?: string;
  readonly params?: { readonly items?: readonly { readonly section?: string }[] };
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

/**
 * Offline: the server would start `npm install` for types of packages that bring none. No imports to offer: after every cell
 * it would read through the packages of node_modules for them, which took more than all checking does.
 */
const COMMON = {
  tsserver: { automaticTypeAcquisition: { enabled: false } },
  suggest: { autoImports: false },
  preferences: { includeCompletionsForModuleExports: false },
};
const SETTINGS: Readonly<Record<string, object>> = {
  "js/ts": COMMON,
  typescript: { ...COMMON, disableAutomaticTypeAcquisition: true },
};

/** A TypeScript language server on the other end of two pipes (Language Server Protocol). */
export class LspClient {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<
    number,
    { resolve: (value: unknown) => void; reject: (error: Error) => void }
  >();
  #buffer: Buffer = Buffer.alloc(0);
  #unsent = "";
  #next = 0;
  #dead = false;
  /** Resolves when the server has answered `initialize`. */
  readonly ready: Promise<unknown>;

  constructor(folder: string, died: () => void) {
    const [command, ...parameters] = typescriptProgram();
    this.#child = spawn(command, [...parameters, "--lsp", "--stdio"], {
      cwd: folder,
      stdio: ["pipe", "pipe", "ignore"],
      // without PATH npm is not found, should a setting above change its name; GOGC: 15 MB less for no time that shows
      env: { GOGC: "50", ...process.env, PATH: "" },
      detached: true, // Ctrl-C in a terminal is not for the language server
    });
    const end = (): void => {
      this.#dead = true;
      for (const { reject } of this.#waiting.values()) reject(new Error("The language server ended."));
      this.#waiting.clear();
      died();
    };
    this.#child.once("error", end);
    this.#child.once("exit", end);
    this.#child.stdin?.on("error", () => {});
    this.#child.stdout?.on("data", (chunk: Buffer) => this.#read(chunk));
    this.ready = this.request("initialize", {
      processId: process.pid,
      rootUri: pathToFileURL(folder).href,
      capabilities: {
        textDocument: {
          hover: { contentFormat: ["markdown"] },
          diagnostic: { tagSupport: { valueSet: [1, 2] } },
          publishDiagnostics: { tagSupport: { valueSet: [1, 2] } },
          completion: {
            completionItem: {
              documentationFormat: ["markdown"],
              deprecatedSupport: true,
              tagSupport: { valueSet: [1] },
              resolveSupport: { properties: ["documentation", "detail"] },
            },
          },
          signatureHelp: {
            signatureInformation: {
              documentationFormat: ["markdown"],
              parameterInformation: { labelOffsetSupport: true },
            },
          },
          definition: { linkSupport: true },
        },
        workspace: { configuration: true },
      },
    }).then((result) => {
      this.notify("initialized", {});
      // seven notices of what it does come with each answer, and nobody reads them
      this.notify("custom/setLogVerbosity", { verbosity: 0 });
      return result;
    });
    this.ready.catch(() => {});
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  request(method: string, params: object): Promise<unknown> {
    if (this.#dead) return Promise.reject(new Error("The language server ended."));
    this.#next += 1;
    const id = this.#next;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#write({ jsonrpc: "2.0", id, method, params });
      this.#send();
    });
  }

  notify(method: string, params: object): void {
    this.#write({ jsonrpc: "2.0", method, params });
  }

  async close(): Promise<void> {
    if (this.#dead || this.#child.pid === undefined) return;
    const gone = new Promise((resolve) => this.#child.once("exit", resolve));
    this.#child.kill("SIGKILL"); // it holds no state worth a goodbye
    await gone;
  }

  /** Notices go with the request behind them, or at the end of the turn: each call of the system wakes the server. */
  #write(message: object): void {
    if (this.#dead) return;
    const text = JSON.stringify(message);
    if (this.#unsent === "") process.nextTick(() => this.#send());
    this.#unsent += `Content-Length: ${Buffer.byteLength(text, "utf8")}\r\n\r\n${text}`;
  }

  #send(): void {
    const unsent = this.#unsent;
    this.#unsent = "";
    if (unsent !== "" && !this.#dead) this.#child.stdin?.write(unsent, "utf8");
  }

  #read(chunk: Buffer): void {
    this.#buffer = this.#buffer.length > 0 ? Buffer.concat([this.#buffer, chunk]) : chunk;
    for (;;) {
      const head = this.#buffer.indexOf("\r\n\r\n");
      if (head < 0) return;
      const length = Number(/Content-Length: (\d+)/i.exec(this.#buffer.toString("latin1", 0, head))?.[1]);
      const end = head + 4 + length;
      if (this.#buffer.length < end) return;
      const message = JSON.parse(this.#buffer.toString("utf8", head + 4, end)) as Incoming;
      this.#buffer = this.#buffer.subarray(end);
      this.#receive(message);
    }
  }

  #receive(message: Incoming): void {
    if (message.method !== undefined) {
      if (message.id === undefined) return;
      // the only question that needs an answer of a certain length is that for settings
      const result = message.params?.items?.map(({ section }) => SETTINGS[section ?? ""] ?? null) ?? null;
      this.#write({ jsonrpc: "2.0", id: message.id, result });
      return;
    }
    const waiting = this.#waiting.get(message.id as number);
    this.#waiting.delete(message.id as number);
    if (message.error) waiting?.reject(new Error(message.error.message));
    else waiting?.resolve(message.result);
  }
}
