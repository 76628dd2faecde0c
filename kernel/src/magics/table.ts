/** One magic: `%name` on a line of its own, `%%name` for a whole cell. */
export interface MagicSpec {
  readonly name: string;
  readonly kind: "line" | "cell";
  readonly usage: string;
  readonly text: string;
  /** What stands behind it is code of the cell. */
  readonly code?: true;
}

const line = (name: string, parameters: string, text: string, code?: true): MagicSpec => ({
  name,
  kind: "line",
  usage: `%${name}${parameters === "" ? "" : ` ${parameters}`}`,
  text,
  ...(code === undefined ? {} : { code }),
});

const cell = (name: string, parameters: string, text: string, code?: true): MagicSpec => ({
  ...line(name, parameters, text, code),
  kind: "cell",
  usage: `%%${name}${parameters === "" ? "" : ` ${parameters}`}`,
});

/** All magics, in the order of the documentation. */
export const MAGICS: readonly MagicSpec[] = [
  line("time", "STATEMENT", "Runs the statement and prints how long it took, awaits included.", true),
  cell("time", "", "Prints how long the whole cell took.", true),
  cell("bash", "[ARGUMENT…]", "Runs the cell as a bash script; what it prints appears as it comes."),
  line("load", "FILE", "Puts the text of a file in place of the cell."),
  line("env", "[NAME[=VALUE]]", "Shows the environment, or one variable of it, or sets one."),
  line("who", "", "Lists the notebook's variables with their types."),
  line("reset", "", "Forgets all variables and modules: cells run in a new process."),
  line(
    "autoreload",
    "on|off",
    "Imports edited local files again before each cell, into the names they were imported as.",
  ),
  line(
    "install",
    "PACKAGE[@VERSION]…",
    "Installs npm packages into the notebook's folder; their install scripts do not run.",
  ),
  line("cd", "[FOLDER]", "Changes the working folder; imports still start from the notebook's folder."),
  line("pwd", "", "Shows the working folder."),
  line(
    "typecheck",
    "[warn|block|off]",
    "Says what type errors do: are shown, keep the cell from running, or are not looked for.",
  ),
  line("help", "[MAGIC]", "Shows this list, or one magic."),
  line("lsmagic", "", "Shows this list."),
];

export function findMagic(name: string, kind: MagicSpec["kind"]): MagicSpec | undefined {
  return MAGICS.find((magic) => magic.name === name && magic.kind === kind);
}

/** The list of magics, or one of them, as text. */
export function magicHelp(name = ""): string {
  const wanted = name.replace(/^%+/, "");
  const shown = MAGICS.filter((magic) => wanted === "" || magic.name === wanted);
  const width = Math.max(...shown.map(({ usage }) => usage.length), 0);
  return shown.map(({ usage, text }) => `${usage.padEnd(width)}  ${text}`).join("\n");
}

/** The known magic whose name is closest, if any is close. */
export function nearestMagic(name: string, kind: MagicSpec["kind"]): string | undefined {
  const sign = kind === "cell" ? "%%" : "%";
  const other = findMagic(name, kind === "cell" ? "line" : "cell");
  if (other !== undefined) return other.usage.split(" ")[0];
  const ranked = MAGICS.filter((magic) => magic.kind === kind)
    .map((magic) => ({ name: magic.name, distance: distance(name, magic.name) }))
    .sort((a, b) => a.distance - b.distance);
  const best = ranked[0];
  return best !== undefined && best.distance <= Math.max(1, name.length / 3)
    ? `${sign}${best.name}`
    : undefined;
}

/** Levenshtein's distance. */
function distance(a: string, b: string): number {
  let row = [...Array(b.length + 1).keys()];
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
