import { readFileSync } from "node:fs";
import { openWeights, readAll, type HostArray } from "gradlab";

/** Lines of this process's memory that lie over a file. */
const mapped = (path: string): number =>
  readFileSync("/proc/self/maps", "utf8")
    .split("\n")
    .filter((line) => line.endsWith(path)).length;

/** Opens weights, lets go of them and says how much of the file lay in memory each time. */
const [, , path] = process.argv;
let tensors: Map<string, HostArray> | undefined = await readAll(await openWeights(path, { map: true }));
const open = mapped(path);
const lasts = [...tensors].map(([name, { data }]) => [name, Number(data[data.length - 1])]);
tensors = undefined;
for (let i = 0; i < 20 && mapped(path) > 0; i++) {
  globalThis.gc!();
  await new Promise((resolve) => setTimeout(resolve, 10));
}
process.stdout.write(JSON.stringify({ open, lasts: Object.fromEntries(lasts), after: mapped(path) }));
