import type { MimeBundle } from "../link/index.js";
import { splitMagics } from "../magics/index.js";
import { declarationSource, splitHelp } from "../session/index.js";
import { describeMagic, magicAt } from "./editor-magics.js";
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
  const magic = magicNamed(code, cursor);
  if (magic !== undefined) return bundle(magic);
  const hover = await context.language.hover(splitMagics(code, context.language.knows).plain, cursor);
  const markdown = hover?.trim() === UNKNOWN ? undefined : hover;
  const source = withSource ? findSource([shell, context.shells.main], nameAt(code, cursor)) : undefined;
  const parts = [markdown, source === undefined ? undefined : `\`\`\`typescript\n${source}\n\`\`\``];
  const whole = parts.filter((part) => part !== undefined).join("\n\n");
  if (whole === "") return undefined;
  return bundle(whole);
}

const bundle = (markdown: string): MimeBundle => ({
  "text/markdown": markdown,
  "text/plain": plainText(markdown),
});

/** Markdown of the language server for who cannot show it: no fences, and `@param a` as it was written. */
function plainText(markdown: string): string {
  return markdown
    .replace(/^```\w*\n|\n?```$/gm, "")
    .replace(/^\*(@\w+)\*/gm, "$1")
    .replace(/^(@\w+ )`([^`]+)`/gm, "$1$2")
    .trim();
}

/** The help of the magic whose name stands at the cursor. */
function magicNamed(code: string, cursor: number): string | undefined {
  const lineStart = code.lastIndexOf("\n", cursor - 1) + 1;
  const at = magicAt(code.slice(lineStart), cursor - lineStart);
  return at && describeMagic(at.text);
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
