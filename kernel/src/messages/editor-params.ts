/** What came with a request of an editor; anything may be missing or wrong. */
export type RequestParams = Readonly<Record<string, unknown>>;

export interface Position {
  readonly line: number;
  readonly character: number;
}

/** A request that cannot be understood. */
export class BadParams extends Error {}

export function text(params: RequestParams, name: string): string {
  const value = params[name];
  if (typeof value !== "string") throw new BadParams(`\`${name}\` must be a text.`);
  return value;
}

/** The cells of a request, or undefined when it brings none. */
export function readCells(value: unknown): { id: string; text: string }[] | undefined {
  if (value === undefined) return undefined;
  if (!Array.isArray(value)) throw new BadParams("`cells` must be a list of { id, text }.");
  return value.map((cell: unknown) => {
    const { id, text: source } = (cell ?? {}) as { id?: unknown; text?: unknown };
    if (typeof id !== "string" || typeof source !== "string")
      throw new BadParams("Each of `cells` must have a text `id` and a text `text`.");
    return { id, text: source };
  });
}

/** A position inside `source`; one beyond a line's end is at its end, as in the Language Server Protocol. */
export function readPosition(params: RequestParams, source: string): Position {
  const { line, character } = (params["position"] ?? {}) as { line?: unknown; character?: unknown };
  if (!Number.isInteger(line) || !Number.isInteger(character) || Number(line) < 0 || Number(character) < 0)
    throw new BadParams("`position` must be { line, character }, whole numbers from 0.");
  const lines = source.split("\n");
  const at = Math.min(Number(line), lines.length - 1);
  const length = (lines[at] ?? "").replace(/\r$/, "").length;
  return { line: at, character: at < Number(line) ? length : Math.min(Number(character), length) };
}
