import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import {
  type ExecuteOptions,
  type ExecuteReply,
  type KernelClient,
  type Output,
  startKernel,
  type StartOptions,
} from "gradlab-kernel";

/** A cell's reply and everything it showed. */
export interface Shown {
  readonly reply: ExecuteReply;
  readonly outputs: readonly Output[];
  readonly stdout: string;
  readonly stderr: string;
  /** text/plain of the result; empty without one. */
  readonly result: string;
}

/** A kernel that ends with the test. */
export async function kernelFor(t: TestContext, options: StartOptions = {}): Promise<KernelClient> {
  const kernel = await startKernel({ typeCheck: "off", ...options });
  t.after(() => kernel.shutdown());
  return kernel;
}

export async function show(kernel: KernelClient, code: string, options: ExecuteOptions = {}): Promise<Shown> {
  const outputs: Output[] = [];
  const reply = await kernel.execute(code, { ...options, onOutput: (output) => outputs.push(output) });
  const stream = (name: string): string =>
    outputs
      .filter((output) => output.type === "stream" && output.content["name"] === name)
      .map((output) => output.content["text"] as string)
      .join("");
  const found = outputs.find((output) => output.type === "execute_result");
  const result = (found?.content["data"] as Record<string, string> | undefined)?.["text/plain"] ?? "";
  return { reply, outputs, stdout: stream("stdout"), stderr: stream("stderr"), result };
}

/** The result of a cell that must succeed. */
export async function value(kernel: KernelClient, code: string): Promise<string> {
  const { reply, result } = await show(kernel, code);
  assert.equal(reply.status, "ok", reply.traceback?.join("\n"));
  return result;
}

/** Process ids of everything below `root`, itself included. */
export function processTree(root: number): number[] {
  const children = new Map<number, number[]>();
  for (const entry of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      const parent = Number(/^\d+ \(.*\) \S (\d+)/s.exec(readFileSync(`/proc/${entry}/stat`, "utf8"))?.[1]);
      children.set(parent, [...(children.get(parent) ?? []), Number(entry)]);
    } catch {
      // it ended while we looked
    }
  }
  const walk = (pid: number): number[] => [pid, ...(children.get(pid) ?? []).flatMap(walk)];
  return walk(root);
}

/** True while the process exists and is not a zombie. */
export function isAlive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) [ZX]/s.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}

/** Waits until none of the processes lives. */
export async function allGone(pids: readonly number[]): Promise<void> {
  while (pids.some(isAlive)) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** A folder that is removed after the test. */
export function folderFor(t: TestContext): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "gradlab-notebook-")));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
