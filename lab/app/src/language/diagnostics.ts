import { type Diagnostic, setDiagnostics } from "@codemirror/lint";
import type { EditorView } from "@codemirror/view";
import { offsetOf } from "./offsets.js";
import type { CellDiagnostic } from "./protocol.js";

const SEVERITY = { error: "error", warning: "warning", information: "info", hint: "hint" } as const;

/** Squiggles below the cell's text, with the message at a hover or by F8. */
export function showDiagnostics(view: EditorView, diagnostics: readonly CellDiagnostic[]): void {
  const text = view.state.doc.toString();
  const shown = diagnostics.map((one) => markOf(one, text));
  queueMicrotask(() => {
    if (view.state.doc.toString() === text) view.dispatch(setDiagnostics(view.state, shown));
  });
}

function markOf({ range, severity, code, message, tags = [] }: CellDiagnostic, text: string): Diagnostic {
  const from = offsetOf(text, range.start);
  // An empty range would show nothing.
  const to = Math.max(offsetOf(text, range.end), Math.min(from + 1, text.length));
  const faded = tags.map((tag) => `gradlab-${tag}`).join(" ");
  return {
    from: Math.min(from, to),
    to,
    severity: SEVERITY[severity],
    message,
    ...(code === undefined ? {} : { source: code }),
    ...(faded === "" ? {} : { markClass: faded }),
  };
}
