// The messages of docs/kernel-language-comm.md, as far as this client reads them.

export interface Position {
  readonly line: number;
  readonly character: number;
}

export interface Range {
  readonly start: Position;
  readonly end: Position;
}

export interface CellText {
  readonly id: string;
  readonly text: string;
}

export interface CellDiagnostic {
  readonly range: Range;
  readonly severity: "error" | "warning" | "information" | "hint";
  readonly code?: string;
  readonly message: string;
  readonly tags?: readonly string[];
}

export interface Hover {
  readonly contents: string;
  readonly range: Range;
}

export interface Signature {
  readonly label: string;
  readonly documentation?: string;
  readonly parameters: readonly {
    readonly range?: readonly [number, number];
    readonly documentation?: string;
  }[];
}

export interface CompletionItem {
  readonly label: string;
  readonly kind?: string;
  readonly insertText?: string;
  readonly detail?: string;
  readonly documentation?: string;
  readonly deprecated?: boolean;
  readonly range?: Range;
  readonly data?: unknown;
}

export interface TextEdit {
  readonly range: Range;
  readonly newText: string;
}

export type Location = { readonly range: Range } & (
  { readonly cell: string } | { readonly execution: number } | { readonly file: string }
);

/** Method → its answer. */
export interface Answers {
  readonly diagnostics: {
    readonly cells: readonly { readonly id: string; readonly diagnostics: readonly CellDiagnostic[] }[];
  };
  readonly hover: Hover | null;
  readonly signatureHelp: {
    readonly signatures: readonly Signature[];
    readonly activeSignature: number;
    readonly activeParameter: number;
  } | null;
  readonly completion: { readonly range: Range; readonly items: readonly CompletionItem[] };
  readonly resolve: { readonly detail?: string; readonly documentation?: string };
  readonly definition: { readonly locations: readonly Location[] };
  readonly format: { readonly edits: readonly TextEdit[] };
}

export interface Hello {
  readonly version: number;
  readonly methods: readonly string[];
  readonly completionTriggers: readonly string[];
  readonly signatureTriggers: readonly string[];
}
