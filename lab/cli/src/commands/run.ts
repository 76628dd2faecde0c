import { dirname } from "node:path";
import {
  type ExecuteReply,
  type KernelClient,
  KernelError,
  type Output,
  startKernel,
  type TypeCheckMode,
} from "gradlab-kernel";
import { type CodeCell, isObject, type Notebook } from "gradlab-lab-server/notebook";
import {
  cleared,
  hasTag,
  injectParameters,
  OutputRecorder,
  type Parameters,
  readNotebook,
  writeNotebook,
} from "../notebook/index.js";
import { CellPrinter, type Screen } from "../terminal/index.js";

export interface RunOptions {
  /** Where the executed notebook is written, whole or partial. */
  readonly output: string;
  readonly screen: Screen;
  /** ms for one cell. */
  readonly timeout?: number;
  readonly allowErrors?: boolean;
  readonly parameters?: Parameters;
  readonly typeCheck?: TypeCheckMode;
  /** Aborting stops the cell, writes the notebook and ends the kernel. */
  readonly signal?: AbortSignal;
}

export interface RunResult {
  readonly exitCode: number;
  /** What went wrong, for stderr; empty on success. */
  readonly message: string;
}

/** ms between two writes of a notebook that is being run. */
const SAVE_EVERY = 10_000;

/** Runs a notebook cell by cell in a kernel of its own, started in the notebook's folder. */
export async function runNotebook(path: string, options: RunOptions): Promise<RunResult> {
  const notebook = injectParameters(cleared(readNotebook(path)), options.parameters ?? {});
  const kernel = await startKernel({
    cwd: dirname(path),
    language: writtenIn(notebook),
    ...(options.typeCheck === undefined ? {} : { typeCheck: options.typeCheck }),
  });
  try {
    describeKernel(notebook, kernel);
    return await new NotebookRun(notebook, kernel, options).run();
  } finally {
    await kernel.shutdown();
    writeNotebook(options.output, notebook);
  }
}

/** The language that the notebook says it is written in: JavaScript stays JavaScript. */
function writtenIn({ metadata }: Notebook): "typescript" | "javascript" {
  const { language_info: info, kernelspec } = metadata;
  const said = isObject(info) ? info["name"] : isObject(kernelspec) ? kernelspec["language"] : undefined;
  return said === "javascript" ? "javascript" : "typescript";
}

function describeKernel(notebook: Notebook, kernel: KernelClient): void {
  notebook.metadata["kernelspec"] = {
    name: "gradlab",
    display_name: "TypeScript (gradlab)",
    language: "typescript",
  };
  const language = kernel.info["language_info"];
  if (isObject(language)) notebook.metadata["language_info"] = language;
}

/** One pass over the cells. */
class NotebookRun {
  readonly #notebook: Notebook;
  readonly #kernel: KernelClient;
  readonly #options: RunOptions;
  readonly #recorder = new OutputRecorder();
  readonly #printer: CellPrinter;
  #saved = Date.now();

  constructor(notebook: Notebook, kernel: KernelClient, options: RunOptions) {
    this.#notebook = notebook;
    this.#kernel = kernel;
    this.#options = options;
    this.#printer = new CellPrinter(options.screen);
  }

  async run(): Promise<RunResult> {
    const code = this.#notebook.cells.filter((cell): cell is CodeCell => cell.cell_type === "code");
    let failures = 0;
    for (const cell of this.#notebook.cells) {
      if (cell.cell_type !== "code") {
        const heading = /^#{1,6}\s+(.+)$/m.exec(cell.source)?.[1];
        if (cell.cell_type === "markdown" && heading !== undefined) this.#printer.title(`\n${heading}`);
        continue;
      }
      if (cell.source.trim() === "") continue;
      const number = `${code.indexOf(cell) + 1}/${code.length}`;
      this.#printer.title(`[${number}] ${firstLine(cell.source)}`);
      const ended = await this.#runCell(cell, number);
      this.#printer.end();
      if (ended !== undefined) return ended;
      if (cell.outputs.some((output) => output.output_type === "error")) failures += 1;
      this.#save();
    }
    const message = failures > 0 ? `${failures} ${failures === 1 ? "cell" : "cells"} failed.` : "";
    return { exitCode: 0, message };
  }

  /** Undefined when the run goes on. */
  async #runCell(cell: CodeCell, number: string): Promise<RunResult | undefined> {
    this.#recorder.begin(cell);
    const { signal, timeout } = this.#options;
    if (signal?.aborted === true) return { exitCode: 130, message: "Interrupted." };
    let stopped: "timeout" | "interrupt" | undefined;
    const stop = (why: "timeout" | "interrupt"): void => {
      stopped ??= why;
      this.#kernel.interrupt().catch(() => {});
    };
    const onAbort = (): void => stop("interrupt");
    signal?.addEventListener("abort", onAbort);
    const timer = timeout === undefined ? undefined : setTimeout(() => stop("timeout"), timeout);
    try {
      const reply = await this.#kernel.execute(cell.source, {
        stopOnError: false,
        onOutput: (output) => this.#output(cell, output),
      });
      cell.execution_count = reply.executionCount;
      if (stopped === "interrupt") return { exitCode: 130, message: `Interrupted in cell ${number}.` };
      if (stopped === "timeout") return this.#timedOut(cell, number);
      return this.#judge(cell, reply, number);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      const ename = error instanceof KernelError ? error.code : "Error";
      this.#output(cell, errorOutput(ename, message, message.split("\n")));
      return { exitCode: 1, message: `Cell ${number} failed: ${message}` };
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
    }
  }

  #judge(cell: CodeCell, reply: ExecuteReply, number: string): RunResult | undefined {
    if (reply.status === "ok" || this.#options.allowErrors === true || hasTag(cell, "raises-exception"))
      return undefined;
    return { exitCode: 1, message: `Cell ${number} failed.` };
  }

  #timedOut(cell: CodeCell, number: string): RunResult {
    const seconds = (this.#options.timeout ?? 0) / 1000;
    const evalue = `The cell ran longer than ${seconds} s.`;
    this.#output(
      cell,
      errorOutput("Timeout", evalue, [`Timeout: ${evalue}`, "  hint: Give more with --timeout."]),
    );
    return { exitCode: 124, message: `Cell ${number}: ${evalue}` };
  }

  #output(cell: CodeCell, output: Output): void {
    this.#recorder.add(cell, output);
    this.#printer.output(output);
  }

  /** A long run is on disk now and then, should the machine go down. */
  #save(): void {
    if (Date.now() - this.#saved < SAVE_EVERY) return;
    this.#saved = Date.now();
    writeNotebook(this.#options.output, this.#notebook);
  }
}

function errorOutput(ename: string, evalue: string, traceback: readonly string[]): Output {
  return { type: "error", content: { ename, evalue, traceback }, metadata: {}, buffers: [] };
}

function firstLine(source: string): string {
  const line = source.split("\n").find((part) => part.trim() !== "") ?? "";
  return line.length > 100 ? `${line.slice(0, 99)}…` : line;
}
