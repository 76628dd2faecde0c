import { randomUUID } from "node:crypto";
import type { Request, Running } from "./context.js";
import { History } from "./history.js";

/**
 * A line of cells that run one after another, with its own count and history. The main shell has no id; each
 * subshell (JEP 91) runs beside it: its cells get their turn whenever those of the other shells await.
 */
export class Shell {
  /** Undefined for the main shell. */
  readonly id: string | undefined;
  /** What the names of its cells begin with, so that errors tell whose line failed. */
  readonly prefix: string;
  /** That of subshells lives as long as they do. */
  readonly history: History;
  /** Cells that wait for their turn. */
  readonly queue: Request[] = [];
  /** True from the first cell of a line to the last. */
  working = false;
  /** Set while a cell runs. */
  running: Running | undefined;
  /** The id of the input_request that waits for its answer. */
  asked: string | undefined;
  executionCount = 0;

  constructor(history: History, id?: string, prefix = "") {
    this.history = history;
    this.id = id;
    this.prefix = prefix;
  }
}

/** The main shell and the subshells that were asked for. */
export class Shells {
  readonly main: Shell;
  readonly #subshells = new Map<string, Shell>();
  /** Deleted while they ran a cell, which goes on to its end. */
  readonly #leaving = new Set<Shell>();
  #made = 0;

  /** @param history what the main shell remembers, across kernels */
  constructor(history: History) {
    this.main = new Shell(history);
  }

  /** The shell that a header's `subshell_id` names: the main one where it names none; undefined if unknown. */
  find(id: unknown): Shell | undefined {
    if (id === undefined || id === null) return this.main;
    return typeof id === "string" ? this.#subshells.get(id) : undefined;
  }

  create(): Shell {
    this.#made += 1;
    const shell = new Shell(new History(), randomUUID(), `subshell ${this.#made} `);
    this.#subshells.set(shell.id ?? "", shell);
    return shell;
  }

  /** Takes a subshell off the list; its running cell goes on. Returns undefined where there is none. */
  delete(id: string): Shell | undefined {
    const shell = this.#subshells.get(id);
    this.#subshells.delete(id);
    if (shell?.working === true) this.#leaving.add(shell);
    return shell;
  }

  /** Called when a shell has nothing left to run. */
  rested(shell: Shell): void {
    this.#leaving.delete(shell);
  }

  /** Ids of the subshells, oldest first. */
  get ids(): string[] {
    return [...this.#subshells.keys()];
  }

  /** Every shell that may have a cell running. */
  get all(): Shell[] {
    return [this.main, ...this.#subshells.values(), ...this.#leaving];
  }
}
