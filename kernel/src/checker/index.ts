// Cell → Module → Diagnostics, Completions, Hover: TypeScript's language service over the notebook's cells.
export { createLanguageService, type LanguageService } from "./service.js";
export type { Completion, CompletionItem, Diagnostic } from "./answers.js";
export type { EditorView } from "./editor-view.js";
export type { CellText, EditorDiagnostic, EditorRange } from "./editor-types.js";
