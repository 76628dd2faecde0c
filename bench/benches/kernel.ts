import { table, type Bench } from "../harness/index.js";
import { kernelSpecs } from "../kernel/index.js";
import { measureSessions } from "./kernel-sessions.js";
import { measureStarts } from "./kernel-starts.js";
import { describeTargets, tableRows, type KernelFigures } from "./kernel-report.js";

/** Starts a round; a figure of one start says little. */
const STARTS = 2;

/** gradlab beside the other kernels for TypeScript, and beside Python's. */
export const kernelBench: Bench = {
  name: "kernel",
  title: "Kernel: start, round trips, typed cells, completion, output, memory",
  async run({ rounds }) {
    const specs = kernelSpecs();
    const present = specs.filter(({ unavailable }) => unavailable === undefined);
    const absent = specs.filter(({ unavailable }) => unavailable !== undefined);
    const figures = new Map<string, KernelFigures>(present.map(({ name }) => [name, new Map()]));
    await measureStarts(present, rounds * STARTS, figures);
    await measureSessions(present, rounds, figures);
    const names = present.map(({ name }) => name);
    return [
      `Every kernel is driven by the same client over tcp, with the settings it comes with; gradlab and tslab check types, Deno and ipykernel do not. ${rounds * STARTS} starts in turn, then ${rounds} rounds in turn with all kernels alive. Wall times are medians, in brackets the 99th percentile; "cpu" is user + sys of the kernel and everything it started. The sum of RSS counts a page that two of these processes share twice: Node's own, 38 MiB, are shared by the two of gradlab. Memory is read when all have been at rest for 2 s. tslab has no message of its own for results, and its member completion of the same text is cached.`,
      table(["what", ...names, ...names.slice(1).map((name) => `÷ ${name}`)], tableRows(figures)),
      describeTargets(figures),
      ...absent.map(({ name, unavailable }) => `${name}: not measured, ${unavailable}.`),
    ].join("\n\n");
  },
};
