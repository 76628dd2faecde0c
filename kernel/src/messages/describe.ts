import type { MimeBundle } from "../link/index.js";
import { declarationSource, splitHelp } from "../session/index.js";
import type { Context } from "./context.js";
import type { Shell } from "./shell.js";

/** What the language service says of a name that it does not know; a value of type any comes with its name. */
const UNKNOWN = "```typescript\nany\n```";

/** What stands at the cursor: its type and documentation, on demand its source in the notebook; undefined for nothing. */
export async function describe(
  context: Context,
  shell: Shell,
  code: string,
  cursor: number,
  withSource: boolean,
): Promise<MimeBundle | undefined> {
  const hover = await context.language.hover(code, cursor);
  const markdown = hover?.trim() === UNKNOWN ? undefined : hover;
  const source = withSource ? findSource([shell, context.shells.main], nameAt(code, cursor)) : undefined;
  const parts = [markdown, source === undefined ? undefined : `\`\`\`typescript\n${source}\n\`\`\``];
  const whole = parts.filter((part) => part !== undefined).join("\n\n");
  if (whole === "") return undefined;
  return { "text/markdown": whole, "text/plain": whole.replace(/^```\w*\n|\n?```$/gm, "").trim() };
}

/** The name at the cursor, or just before it. */
function nameAt(code: string, cursor: number): string {
  const before = /[\p{ID_Continue}$]*\(?$/u.exec(code.slice(0, cursor))?.[0].replace("(", "") ?? "";
  return before + (/^[\p{ID_Continue}$]*/u.exec(code.slice(cursor))?.[0] ?? "");
}

/** The declaration of a name in the cell of these shells that declared it last. */
function findSource(shells: readonly Shell[], name: string): string | undefined {
  for (const cell of shells.flatMap(({ history }) => history.newestFirst())) {
    const found = cell.includes(name) ? declarationSource(splitHelp(cell).code, name) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}
