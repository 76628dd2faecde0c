import type { ICell, INotebookContent } from "@jupyterlab/nbformat";

/** What a notebook says about itself as a lesson: `metadata.gradlab`, and where that is silent, its text. */
export interface Lesson {
  readonly path: string;
  readonly title: string;
  /** How long it takes; undefined where the notebook does not say. */
  readonly minutes: number | undefined;
  readonly goals: readonly string[];
  /** The learning path it belongs to; "" for none. */
  readonly track: string;
  readonly checks: readonly Check[];
}

export type CheckState = "open" | "passed" | "failed";

/** A cell that tests what was learnt. */
export interface Check {
  readonly cell: string;
  readonly title: string;
  readonly hints: readonly string[];
  readonly state: CheckState;
}

export function readLesson(path: string, notebook: INotebookContent): Lesson {
  const own = asRecord(notebook.metadata["gradlab"]);
  const minutes = Number(own["minutes"]);
  return {
    path,
    title:
      text(own["title"]) ||
      firstHeading(notebook) ||
      path
        .split("/")
        .at(-1)!
        .replace(/\.ipynb$/, ""),
    minutes: Number.isFinite(minutes) && minutes > 0 ? minutes : undefined,
    goals: strings(own["goals"]),
    track: text(own["track"]),
    checks: readChecks(notebook.cells),
  };
}

/** Cells tagged `check`, and the code below a heading that begins with "Check". */
export function readChecks(cells: readonly ICell[]): Check[] {
  const checks: Check[] = [];
  let heading = "";
  for (const cell of cells) {
    const found = /^#{1,6}[ \t]+(.+)$/m.exec(sourceOf(cell))?.[1]?.trim();
    if (cell.cell_type === "markdown") heading = found ?? heading;
    if (cell.cell_type !== "code" || !isCheck(cell, heading)) continue;
    const own = asRecord(cell.metadata["gradlab"]);
    checks.push({
      cell: text(cell["id"]),
      title: text(own["title"]) || heading || "Check",
      hints: strings(own["hints"]),
      state: stateOf(cell),
    });
  }
  return checks;
}

function isCheck(cell: ICell, heading: string): boolean {
  const tags = cell.metadata["tags"];
  return (Array.isArray(tags) && tags.includes("check")) || /^checks?\b/i.test(heading);
}

/** A check that ran without an error has passed: checks throw. */
function stateOf(cell: ICell): CheckState {
  const outputs = Array.isArray(cell["outputs"]) ? cell["outputs"] : [];
  if (outputs.some((output) => asRecord(output)["output_type"] === "error")) return "failed";
  return typeof cell["execution_count"] === "number" ? "passed" : "open";
}

function firstHeading({ cells }: INotebookContent): string {
  const markdown = cells.filter(({ cell_type }) => cell_type === "markdown").map(sourceOf);
  const found = markdown
    .map((source) => /^#[ \t]+(.+)$/m.exec(source)?.[1]?.trim())
    .find((title) => title !== undefined);
  return found ?? "";
}

const sourceOf = ({ source }: ICell): string => (Array.isArray(source) ? source.join("") : source);
const text = (value: unknown): string => (typeof value === "string" ? value : "");
const strings = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((one): one is string => typeof one === "string") : [];
const asRecord = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
