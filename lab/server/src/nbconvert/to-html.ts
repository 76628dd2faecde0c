import { escapeHtml } from "../auth/index.js";
import { isObject } from "../http/index.js";
import { type Cell, joinLines, type Notebook } from "../notebook/index.js";
import { markdown, renderOutput } from "./render-output.js";

const STYLE = `
body { font: 16px/1.55 system-ui, sans-serif; max-width: 54rem; margin: 2rem auto; padding: 0 1rem; color-scheme: light dark; }
pre, code { font: 14px/1.45 ui-monospace, monospace; }
pre { overflow-x: auto; margin: 0.5rem 0; }
.code { border-left: 3px solid #3178c6; padding: 0.2rem 0.8rem; background: rgb(127 127 127 / 10%); }
.stderr { background: rgb(255 170 0 / 12%); padding: 0.2rem 0.5rem; }
.error { background: rgb(255 0 0 / 10%); padding: 0.2rem 0.5rem; }
.outputs { padding-left: 0.95rem; }
img { max-width: 100%; }
table { border-collapse: collapse; } th, td { padding: 0.2rem 0.6rem; border-bottom: 1px solid rgb(127 127 127 / 40%); }
`;

/** A notebook as one page that needs nothing else. Formulas stay as they are written. */
export function notebookToHtml(notebook: Notebook, title: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
${notebook.cells.map(renderCell).join("\n")}
</body>
</html>
`;
}

function renderCell(cell: Cell): string {
  switch (cell.cell_type) {
    case "markdown":
      return `<section>${markdown(withAttachments(cell))}</section>`;
    case "raw":
      return `<pre>${escapeHtml(cell.source)}</pre>`;
    default: {
      const outputs = cell.outputs.map(renderOutput).join("\n");
      const shown = outputs === "" ? "" : `\n<div class="outputs">${outputs}</div>`;
      return `<section><pre class="code"><code>${escapeHtml(cell.source)}</code></pre>${shown}</section>`;
    }
  }
}

/** `![x](attachment:name.png)` → the picture that the cell carries. */
function withAttachments(cell: Cell): string {
  const { attachments } = cell;
  if (!isObject(attachments)) return cell.source;
  return cell.source.replace(/\(attachment:([^)\s]+)\)/g, (whole, name: string) => {
    const bundle = attachments[name] ?? attachments[decodeURIComponent(name)];
    const [type, data] = isObject(bundle) ? (Object.entries(bundle)[0] ?? []) : [];
    return type === undefined ? whole : `(data:${type};base64,${joinLines(data).replace(/\s/g, "")})`;
  });
}
