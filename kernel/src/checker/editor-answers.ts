import { fileURLToPath } from "node:url";
import type { LspPosition } from "./answers.js";
import { PRELUDE_LINES } from "./cell-module.js";
import type {
  EditorEdit,
  EditorLocation,
  EditorParameter,
  EditorRange,
  EditorSignatures,
} from "./editor-types.js";

type Documentation = string | { readonly value: string } | undefined;

interface LspSignatures {
  readonly signatures?: readonly {
    readonly label: string;
    readonly documentation?: Documentation;
    readonly activeParameter?: number;
    readonly parameters?: readonly {
      readonly label: string | readonly [number, number];
      readonly documentation?: Documentation;
    }[];
  }[];
  readonly activeSignature?: number;
  readonly activeParameter?: number;
}

function documented(documentation: Documentation): { documentation?: string } {
  const text = (typeof documentation === "string" ? documentation : documentation?.value)?.trim();
  return text === undefined || text === "" ? {} : { documentation: text };
}

/** LSP's signatureHelp → labels with the places of their parameters. */
export function readSignatures(found: unknown): EditorSignatures | null {
  const { signatures = [], activeSignature = 0, activeParameter } = (found ?? {}) as LspSignatures;
  if (signatures.length === 0) return null;
  return {
    signatures: signatures.map(({ label, documentation, parameters = [] }) => ({
      label,
      ...documented(documentation),
      parameters: placeParameters(label, parameters),
    })),
    activeSignature,
    activeParameter: activeParameter ?? signatures[activeSignature]?.activeParameter ?? 0,
  };
}

function placeParameters(
  label: string,
  parameters: NonNullable<NonNullable<LspSignatures["signatures"]>[number]["parameters"]>,
): EditorParameter[] {
  let from = 0;
  return parameters.map((parameter) => {
    const start =
      typeof parameter.label === "string" ? label.indexOf(parameter.label, from) : parameter.label[0];
    const end = typeof parameter.label === "string" ? start + parameter.label.length : parameter.label[1];
    if (start < 0) return { label: String(parameter.label), ...documented(parameter.documentation) };
    from = end;
    return { label: label.slice(start, end), range: [start, end], ...documented(parameter.documentation) };
  });
}

interface Link {
  readonly targetUri?: string;
  readonly targetSelectionRange?: EditorRange;
  readonly uri?: string;
  readonly range?: EditorRange;
}

const up = ({ line, character }: LspPosition): LspPosition => ({ line: line - PRELUDE_LINES, character });

/** LSP's locations → cells of the editor, cells that ran, files. */
export function readLocations(
  found: unknown,
  cells: ReadonlyMap<string, string>,
  executions: ReadonlyMap<string, number>,
): readonly EditorLocation[] {
  const links = (Array.isArray(found) ? found : found === null ? [] : [found]) as readonly Link[];
  return links.flatMap((link): EditorLocation[] => {
    const uri = link.targetUri ?? link.uri ?? "";
    const range = link.targetSelectionRange ?? link.range;
    if (range === undefined) return [];
    const inCell = { start: up(range.start), end: up(range.end) };
    const cell = cells.get(uri);
    const execution = executions.get(uri);
    if (cell !== undefined) return inCell.start.line < 0 ? [] : [{ cell, range: inCell }];
    if (execution !== undefined) return [{ execution, range: inCell }];
    return uri.startsWith("file:") && !uri.includes("/gradlab-notebook.d.ts")
      ? [{ file: fileURLToPath(uri), range }]
      : [];
  });
}

/** LSP's edits → those of the cell's own lines. */
export function readEdits(found: unknown, text: string): readonly EditorEdit[] {
  const lines = text.split("\n").length;
  return ((found ?? []) as readonly EditorEdit[])
    .map(({ range, newText }) => ({ range: { start: up(range.start), end: up(range.end) }, newText }))
    .filter(({ range }) => range.start.line >= 0 && range.end.line < lines);
}
