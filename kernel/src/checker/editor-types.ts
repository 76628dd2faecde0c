import type { CompletionItem, LspPosition } from "./answers.js";

/** A cell's text, by the id that the notebook gives the cell. */
export interface CellText {
  readonly id: string;
  readonly text: string;
}

export interface EditorRange {
  readonly start: LspPosition;
  readonly end: LspPosition;
}

export interface EditorDiagnostic {
  readonly range: EditorRange;
  readonly severity: "error" | "warning" | "information" | "hint";
  readonly code: string;
  readonly message: string;
  readonly source: string;
  readonly tags?: readonly ("unnecessary" | "deprecated")[];
}

export interface EditorHover {
  readonly contents: string;
  readonly range: EditorRange;
}

export interface EditorParameter {
  readonly label: string;
  readonly range?: readonly [number, number];
  readonly documentation?: string;
}

export interface EditorSignatures {
  readonly signatures: readonly {
    readonly label: string;
    readonly documentation?: string;
    readonly parameters: readonly EditorParameter[];
  }[];
  readonly activeSignature: number;
  readonly activeParameter: number;
}

export interface EditorCompletion {
  readonly range: EditorRange;
  readonly incomplete: boolean;
  readonly items: readonly CompletionItem[];
}

export type EditorLocation =
  | { readonly cell: string; readonly range: EditorRange }
  | { readonly execution: number; readonly range: EditorRange }
  | { readonly file: string; readonly range: EditorRange };

export interface EditorEdit {
  readonly range: EditorRange;
  readonly newText: string;
}
