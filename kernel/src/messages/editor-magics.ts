import { findMagic, MAGICS, type SplitCell } from "../magics/index.js";
import type { JsonObject } from "../wire/index.js";
import type { Position } from "./editor-params.js";

const place = (source: string, offset: number): Position => {
  const before = source.slice(0, offset);
  return { line: before.split("\n").length - 1, character: offset - before.lastIndexOf("\n") - 1 };
};

/** An unknown magic as a diagnostic. */
export function magicProblems(source: string, { fault }: SplitCell): JsonObject[] {
  if (fault === undefined) return [];
  const range = { start: place(source, fault.start), end: place(source, fault.end) };
  const message = `${fault.message} ${fault.help}`;
  return [{ range, severity: "error", code: "E_MAGIC", message, source: "gradlab" }];
}

/** The magic whose name stands at an offset of a line, and where. */
export function magicAt(
  line: string,
  character: number,
): { start: number; end: number; text: string } | undefined {
  const found = /^%%?[A-Za-z_]*/.exec(line);
  if (found === null || character > found[0].length) return undefined;
  return { start: 0, end: found[0].length, text: found[0] };
}

/** The magic that a name means, as markdown. */
export function describeMagic(name: string): string | undefined {
  const kind = name.startsWith("%%") ? "cell" : "line";
  const magic = findMagic(name.replace(/^%+/, ""), kind);
  return magic && `\`\`\`text\n${magic.usage}\n\`\`\`\n${magic.text}`;
}

export function magicHover(source: string, { line, character }: Position): JsonObject | undefined {
  const at = magicAt(source.split("\n")[line] ?? "", character);
  const contents = at && describeMagic(at.text);
  if (at === undefined || contents === undefined) return undefined;
  return {
    contents,
    range: { start: { line, character: at.start }, end: { line, character: at.end } },
  };
}

/** The magics that begin with what stands before the cursor of a line; undefined when that is no magic. */
export function magicItems(
  line: string,
  character: number,
  firstLine: boolean,
): readonly (typeof MAGICS)[number][] | undefined {
  const before = line.slice(0, character);
  if (!/^%%?[A-Za-z_]*$/.test(before)) return undefined;
  return MAGICS.filter(
    ({ usage, kind }) => (kind === "line" || firstLine) && usage.split(" ")[0]?.startsWith(before) === true,
  );
}

export function magicCompletion(source: string, { line, character }: Position): JsonObject | undefined {
  const text = source.split("\n")[line] ?? "";
  const items = magicItems(
    text,
    character,
    source
      .split("\n")
      .slice(0, line)
      .every((one) => one.trim() === ""),
  );
  if (items === undefined) return undefined;
  return {
    range: { start: { line, character: 0 }, end: { line, character } },
    incomplete: false,
    items: items.map(({ usage, text: documentation }, i) => {
      const label = usage.split(" ")[0] ?? usage;
      return {
        label,
        kind: "magic",
        insertText: label,
        sortText: String(i).padStart(4, "0"),
        detail: usage,
        documentation,
        data: -1,
      };
    }),
  };
}
