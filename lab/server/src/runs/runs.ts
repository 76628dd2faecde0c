import { createMessage } from "gradlab-kernel";
import { ServerError } from "../errors.js";
import type { Channels, ExecutionWatch } from "../channels/index.js";
import type { NotebookHooks, NotebookStore } from "../contents/index.js";
import { hear, type Heard, type KernelListener, type ManagedKernel, readJson } from "../kernels/index.js";
import type { Notebook } from "../notebook/index.js";
import type { RootFolder } from "../root/index.js";
import { judgeSave, mergeRun, outputsOf } from "./merge.js";
import { Run } from "./run.js";

export interface RunsOptions {
  readonly root: RootFolder;
  readonly store: NotebookStore;
  readonly channels: () => Channels;
  /** The notebook that a kernel runs. */
  readonly pathOf: (kernelId: string) => string | undefined;
  readonly log: (text: string) => void;
  /** ms between two writes of a run that goes on without its page. */
  readonly writeEvery: number;
}

/** Runs that ended and are stored, kept for pages that save an earlier state of them. */
const KEPT = 64;
/** ms for which a page has to stay after the end of a cell, or its outputs are stored for it. */
const SETTLED = 2000;

/**
 * Cells go on when their page is gone. As long as the session that asked for a run is connected, its outputs are the
 * page's business. When it is gone, they are put into the stored notebook: when the cell ends, now and then before,
 * and when a page reads the notebook. Nothing that was saved meanwhile is overwritten; see docs/lab.md for the rules.
 */
export class Runs implements ExecutionWatch, NotebookHooks {
  readonly #options: RunsOptions;
  readonly #runs = new Map<string, Run>();
  /** Path → the hash of what the server wrote, and the one to tell a page that knows the file from before. */
  readonly #told = new Map<string, { readonly stored: string; readonly told: string }>();
  readonly #writing = new Set<Promise<void>>();
  readonly #timer: NodeJS.Timeout;

  constructor(options: RunsOptions) {
    this.#options = options;
    this.#timer = setInterval(() => void this.#writeAll(), options.writeEvery).unref();
  }

  /** Runs of a notebook, the oldest first. */
  list(path: string): Run[] {
    return [...this.#runs.values()].filter((run) => this.#pathOf(run) === path);
  }

  onRequest(kernel: ManagedKernel, request: Heard): void {
    if (request.type !== "execute_request" || request.channel !== "shell") return;
    const cellId = readJson(request.raw.parts[2])?.["cellId"];
    const owner = request.header["session"];
    if (typeof cellId !== "string" || typeof owner !== "string") return;
    for (const run of this.#of(kernel)) if (run.cellId === cellId) this.#runs.delete(run.id);
    const run = new Run(kernel, request, cellId, owner);
    this.#runs.set(run.id, run);
  }

  onLeave(kernel: ManagedKernel, sessionId: string): void {
    for (const run of this.#of(kernel)) {
      if (run.owner !== sessionId || run.isOrphan) continue;
      run.isOrphan = true;
      run.isUnsure = run.isDone;
      if (run.isDone) this.#track(this.#write(run));
    }
  }

  onJoin(kernel: ManagedKernel, sessionId: string, complete: boolean): void {
    for (const run of this.#of(kernel)) {
      if (run.owner !== sessionId || !run.isOrphan) continue;
      if (!complete || run.isUnsure) this.#replay(run);
      this.#own(run, sessionId);
    }
  }

  /** A page takes over the outputs of a run: it gets those so far, then the others as they come. */
  adopt(id: string, sessionId: string): Run {
    const run = this.#runs.get(id);
    if (run === undefined || (run.isDone && !run.isOrphan))
      throw new ServerError("E_NOT_FOUND", "There is no such run.", { where: id });
    if (this.#options.channels().of(run.kernel.id)?.isConnected(sessionId) !== true) {
      throw new ServerError("E_BAD_REQUEST", "The session is not connected to the run's kernel.");
    }
    run.owner = sessionId;
    this.#replay(run);
    this.#own(run, sessionId);
    return run;
  }

  listener(kernel: ManagedKernel): KernelListener {
    return {
      onMessage: (heard) => this.#hear(heard),
      onGone: (_kernel, how) => {
        for (const run of this.#of(kernel)) this.#end(run, how);
      },
      onEnd: () => this.#forget(kernel),
    };
  }

  async beforeRead(path: string): Promise<void> {
    await Promise.all(this.list(path).map((run) => this.#write(run)));
  }

  onRead(path: string, notebook: Notebook): void {
    this.#told.delete(path); // this page knows what is stored
    for (const run of this.list(path)) {
      if (!run.isOrphan) continue;
      run.delivered = run.hasStarted ? outputsOf(notebook, run)?.length : undefined;
      if (run.isDone && mergeRun(notebook, run) === undefined) this.#runs.delete(run.id);
    }
  }

  onSave(path: string, notebook: Notebook): Notebook {
    let merged = notebook;
    for (const run of this.list(path).filter((one) => one.isDone && !one.isOrphan)) {
      // its page has stored what it has, or what the user put in its place
      if (judgeSave(notebook, run) === "superseded" || mergeRun(notebook, run) === undefined)
        this.#runs.delete(run.id);
    }
    for (const run of this.list(path).filter((one) => one.isOrphan && one.hasStarted)) {
      const verdict = judgeSave(notebook, run);
      if (verdict === "superseded") this.#runs.delete(run.id);
      else if (verdict === "complete") merged = mergeRun(merged, run) ?? merged;
    }
    return merged;
  }

  hashFor(path: string, hash: string): string {
    const known = this.#told.get(path);
    return known?.stored === hash ? known.told : hash;
  }

  /** The server ends: no page can save what comes now. */
  beginClose(): void {
    for (const run of this.#runs.values()) run.isOrphan = true;
  }

  /** Everything that can be is written when it resolves. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#writeAll();
    while (this.#writing.size > 0) await Promise.all(this.#writing);
  }

  #of(kernel: ManagedKernel): Run[] {
    return [...this.#runs.values()].filter((run) => run.kernel === kernel);
  }

  #pathOf(run: Run): string | undefined {
    return this.#options.pathOf(run.kernel.id);
  }

  #hear(heard: Heard): void {
    const run = heard.channel === "iopub" ? this.#runs.get(heard.parentId) : undefined;
    if (run === undefined) return;
    const content = readJson(heard.raw.parts[3]);
    if (content === undefined) return;
    if (heard.type === "status") {
      if (content["execution_state"] === "idle") this.#end(run);
    } else run.add(heard.type, content, heard.raw.parts[3].length);
  }

  /** A run whose end has arrived at a page that stays is the page's; another is written. */
  #end(run: Run, how?: string): void {
    if (run.isDone) return;
    const page = run.isOrphan ? undefined : this.#options.channels().of(run.kernel.id)?.client(run.owner);
    if (!run.hasStarted || (page !== undefined && how !== undefined)) {
      this.#runs.delete(run.id);
      return;
    }
    if (page !== undefined) {
      run.isDone = true;
      page.whenArrived(() => this.#settle(run));
      return;
    }
    run.isOrphan = true;
    if (how !== undefined) run.fail(how);
    run.isDone = true;
    this.#track(this.#write(run));
    const done = [...this.#runs.values()].filter((one) => one.isDone && !one.isDirty);
    for (const old of done.slice(0, Math.max(0, done.length - KEPT))) this.#runs.delete(old.id);
  }

  /** A browser still takes messages for a page that it is closing: only a page that stays has the outputs. */
  #settle(run: Run): void {
    setTimeout(() => !run.isOrphan && this.#runs.delete(run.id), SETTLED).unref();
  }

  /** A kernel that is shut down has no more to say. */
  #forget(kernel: ManagedKernel): void {
    void Promise.all(this.#writing).then(() => {
      for (const run of this.#of(kernel)) this.#runs.delete(run.id);
    });
  }

  #own(run: Run, sessionId: string): void {
    run.isOrphan = false;
    run.owner = sessionId;
    if (run.isDone) this.#runs.delete(run.id);
  }

  #track(work: Promise<void>): void {
    this.#writing.add(work);
    void work.finally(() => this.#writing.delete(work));
  }

  async #writeAll(): Promise<void> {
    for (const run of this.#runs.values()) if (run.isDirty) this.#track(this.#write(run));
    await Promise.all(this.#writing);
  }

  /** Puts the outputs so far into the stored notebook; what cannot be written now is tried again. */
  async #write(run: Run): Promise<void> {
    const path = this.#pathOf(run);
    if (!run.isOrphan || !run.isDirty || path === undefined) return;
    run.isDirty = false;
    try {
      const located = await this.#options.root.locateExisting(path);
      let seen = false;
      const change = await this.#options.store.change(located, (notebook) => {
        // it may have been saved, re-run or taken over while this waited for its turn
        seen = true;
        return this.#runs.get(run.id) === run && run.isOrphan ? mergeRun(notebook, run) : undefined;
      });
      if (change !== undefined)
        this.#told.set(path, { stored: change.after, told: this.hashFor(path, change.before) });
      else if (!seen) run.isDirty = true;
    } catch (error) {
      run.isDirty = true;
      this.#options.log(
        `The outputs of a cell of ${path} cannot be stored yet: ${(error as Error).message}\n`,
      );
    }
  }

  /** Shows a page all outputs of a run anew, as if the kernel published them. */
  #replay(run: Run): void {
    const client = this.#options.channels().of(run.kernel.id)?.client(run.owner);
    if (client === undefined) return;
    const messages = [{ type: "clear_output", content: { wait: false } }, ...run.outputs.toMessages()];
    for (const { type, content } of messages) {
      const message = createMessage("", type, content, { parent: run.header });
      const part = (value: object): Buffer => Buffer.from(JSON.stringify(value));
      const heard = hear("iopub", {
        identities: [],
        parts: [part(message.header), part(message.parent), part({}), part(content)],
        buffers: [],
      });
      if (heard !== undefined) client.deliver(heard);
    }
  }
}
