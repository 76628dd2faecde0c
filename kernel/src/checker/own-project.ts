import { join } from "node:path";
import { configsAbove, takesIn } from "../compile/index.js";
import { NAMES_FILE } from "./ambient.js";

/** Where the project of a notebook without one of its own stands: in its folder, but never on disk. */
export const PROJECT_FILE = "tsconfig.json";

/**
 * The server's own defaults without the types of browsers, which Node does not have: naming `document` is then an
 * error before the cell runs, an edit takes half the time and the server 24 MiB less. The file itself is in it, since
 * an open file that no project has would be given one, with all that is left out here.
 */
export const PROJECT = JSON.stringify({
  compilerOptions: {
    allowImportingTsExtensions: true,
    allowJs: true,
    jsx: "react-jsx",
    lib: ["es2025", "decorators"],
    module: "esnext",
    moduleResolution: "bundler",
    noEmit: true,
    resolveJsonModule: true,
    skipLibCheck: true,
    target: "es2022",
  },
  include: ["gradlab-*", PROJECT_FILE],
});

/** Whether a notebook's folder belongs to a project on disk; looked up again when a config was edited. */
export class OwnProject {
  readonly #folder: string;
  #configs: ReadonlyMap<string, number> = new Map();
  #needed = true;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Whether the kernel has to bring one. */
  isNeeded(): boolean {
    const configs = configsAbove(this.#folder);
    const known = this.#configs;
    const isKnown =
      configs.size === known.size && [...configs].every(([path, time]) => known.get(path) === time);
    if (!isKnown) this.#needed = !takesIn(configs.keys(), join(this.#folder, NAMES_FILE));
    this.#configs = configs;
    return this.#needed;
  }

  /** The configs on disk that may speak for the folder. */
  get configs(): readonly string[] {
    return [...this.#configs.keys()];
  }
}
