import { join } from "node:path";
import { parseArgs } from "node:util";
import { readConfigFile } from "gradlab";

/** What the command line of a publishing script says. */
export interface Publication {
  readonly name: string;
  /** The folder of the training. */
  readonly from: string;
  /** The folder of what ships. */
  readonly to: string;
  /** train.yaml of the latter. */
  readonly recipe: Readonly<Record<string, unknown>>;
}

/** `NAME [--from FOLDER]`: from runs/NAME by default, to models/NAME. */
export async function readPublication(): Promise<Publication> {
  const { values, positionals } = parseArgs({
    options: { from: { type: "string" } },
    allowPositionals: true,
  });
  const [name] = positionals;
  if (name === undefined) throw new Error("Name what is published, such as en-3m.");
  const to = join("models", name);
  const recipe = (await readConfigFile(join(to, "train.yaml"))) as Publication["recipe"];
  return { name, from: values.from ?? join("runs", name), to, recipe };
}
