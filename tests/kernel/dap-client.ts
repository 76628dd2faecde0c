import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import type { JsonObject, KernelClient, Message, StartOptions } from "gradlab-kernel";
import { checkEvent, checkRequest, checkResponse } from "./dap-shapes.js";
import { kernelFor } from "./kernel-fixture.js";

/** ms that an event is waited for: a test that hangs says nothing. */
const PATIENCE = 60_000;

/** A debugging front end: every message that goes or comes is held against the protocol's own shapes. */
export class DapClient {
  readonly kernel: KernelClient;
  readonly events: JsonObject[] = [];
  #seq = 0;
  #seen = 0;
  #heard: (() => void)[] = [];

  private constructor(kernel: KernelClient) {
    this.kernel = kernel;
    const before = kernel.onIopub;
    kernel.onIopub = (message: Message) => {
      before(message);
      if (message.header.msg_type !== "debug_event") return;
      checkEvent(message.content);
      this.events.push(message.content);
      for (const wake of this.#heard.splice(0)) wake();
    };
  }

  /** A kernel and its debugger, not yet attached. */
  static async start(t: TestContext, options: StartOptions = {}): Promise<DapClient> {
    return new DapClient(await kernelFor(t, options));
  }

  /** Attached as JupyterLab does it. */
  static async attached(t: TestContext, options: StartOptions = {}): Promise<DapClient> {
    const client = await DapClient.start(t, options);
    await client.attach();
    return client;
  }

  async attach(more: JsonObject = {}): Promise<void> {
    await this.ask("initialize", {
      clientID: "test",
      adapterID: "gradlab",
      pathFormat: "path",
      linesStartAt1: true,
      columnsStartAt1: true,
      supportsVariableType: true,
      supportsVariablePaging: true,
      locale: "en",
    });
    await this.ask("attach", more);
  }

  /** The whole response, whether it succeeded or not. */
  async send(command: string, args?: JsonObject): Promise<JsonObject> {
    this.#seq += 1;
    const request = { seq: this.#seq, type: "request", command, ...(args ? { arguments: args } : {}) };
    checkRequest(request);
    const { content } = await this.kernel.request("debug_request", request, { channel: "control" });
    assert.equal(content["request_seq"], request.seq);
    checkResponse(content);
    return content;
  }

  /** The body of a request that must succeed. */
  async ask(command: string, args?: JsonObject): Promise<JsonObject> {
    const response = await this.send(command, args);
    assert.equal(response["success"], true, `${command}: ${String(response["message"])}`);
    return (response["body"] ?? {}) as JsonObject;
  }

  /** The message of a request that must fail. */
  async refused(command: string, args?: JsonObject): Promise<string> {
    const response = await this.send(command, args);
    assert.equal(response["success"], false, `${command} succeeded`);
    return String(response["message"]);
  }

  /** The next event of this name that was not waited for before. */
  async next(event: string): Promise<JsonObject> {
    const late = performance.now() + PATIENCE;
    const timer = setInterval(() => this.#heard.splice(0).forEach((wake) => wake()), 1000);
    try {
      return await this.#take(event, late);
    } finally {
      clearInterval(timer);
    }
  }

  async #take(event: string, late: number): Promise<JsonObject> {
    for (;;) {
      while (this.#seen < this.events.length) {
        const found = this.events[this.#seen];
        this.#seen += 1;
        if (found?.["event"] === event) return (found["body"] ?? {}) as JsonObject;
      }
      if (performance.now() > late) throw new Error(`No event ${event} came in ${PATIENCE} ms.`);
      await new Promise<void>((resolve) => this.#heard.push(resolve));
    }
  }

  /** Sets breakpoints in a cell; its path and what they became. */
  async breakAt(
    code: string,
    ...points: (number | JsonObject)[]
  ): Promise<{ path: string; breakpoints: JsonObject[] }> {
    const path = (await this.ask("dumpCell", { code }))["sourcePath"] as string;
    return { path, breakpoints: await this.breakIn(path, ...points) };
  }

  async breakIn(path: string, ...points: (number | JsonObject)[]): Promise<JsonObject[]> {
    const breakpoints = points.map((one) => (typeof one === "number" ? { line: one } : one));
    const body = await this.ask("setBreakpoints", { source: { path }, breakpoints, sourceModified: false });
    return body["breakpoints"] as JsonObject[];
  }

  async stack(): Promise<JsonObject[]> {
    return (await this.ask("stackTrace", { threadId: 1 }))["stackFrames"] as JsonObject[];
  }

  /** `name:line` of every frame. */
  async where(): Promise<string[]> {
    return (await this.stack()).map(({ name, line }) => `${String(name)}:${String(line)}`);
  }

  /** Variables of a scope of a frame by name. */
  async scope(name: string, frame = 0): Promise<Map<string, JsonObject>> {
    const frameId = (await this.stack())[frame]?.["id"];
    const { scopes } = (await this.ask("scopes", { frameId })) as { scopes: JsonObject[] };
    const found = scopes.find((scope) => String(scope["name"]).startsWith(name));
    assert.ok(found, `no scope ${name}`);
    return this.children(found["variablesReference"]);
  }

  async children(variablesReference: unknown, more: JsonObject = {}): Promise<Map<string, JsonObject>> {
    const { variables } = (await this.ask("variables", { variablesReference, ...more })) as {
      variables: JsonObject[];
    };
    return new Map(variables.map((one) => [one["name"] as string, one]));
  }

  /** What an expression gives where the cell stands. */
  async evaluate(expression: string, frame = 0): Promise<string> {
    const frameId = (await this.stack())[frame]?.["id"];
    return (await this.ask("evaluate", { expression, frameId, context: "repl" }))["result"] as string;
  }

  /** Goes on, and returns where it stops next. */
  async step(command: "next" | "stepIn" | "stepOut" | "continue"): Promise<string> {
    await this.ask(command, { threadId: 1 });
    await this.next("stopped");
    return (await this.where())[0] ?? "";
  }
}
