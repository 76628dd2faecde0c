import { isJsx, parseModule } from "../compile/index.js";
import { MAGIC_MARK, type Magic } from "../magics/index.js";
import type { Pieces } from "./pieces.js";
import { SETTLE } from "./rewrite.js";
import type { Node, Statement } from "./syntax.js";

/** What the cell process does for a magic. */
export interface MagicCall {
  readonly name: string;
  readonly argument: string;
  readonly body: string;
  /** For `%time`: how many statements of its line it times. */
  readonly statements?: number;
}

/** The calls that a cell's script makes for its magics. */
export interface MagicCalls {
  /** By the mark that stands in the cell for a magic. */
  readonly marked: ReadonlyMap<string, MagicCall>;
  readonly first: readonly MagicCall[];
  readonly last: readonly MagicCall[];
  /** The cell is timed, so that its result ends the time. */
  readonly timed: boolean;
  /** Some call has to be waited for. */
  readonly wait: boolean;
}

export const NO_CALLS: MagicCalls = { marked: new Map(), first: [], last: [], timed: false, wait: false };

/** The calls for a cell's magics; `reload` lets edited files be imported again before the cell. */
export function magicCalls(magics: readonly Magic[], reload: boolean): MagicCalls {
  if (magics.length === 0 && !reload) return NO_CALLS;
  const marked = new Map(magics.filter(({ mark }) => mark !== "").map((magic) => [magic.mark, magic]));
  const whole = magics.filter(({ kind }) => kind === "cell");
  const timed = whole.some(({ name }) => name === "time");
  const call = (name: string): MagicCall => ({ name, argument: "", body: "" });
  return {
    marked,
    first: [
      ...(magics.some(({ name }) => name === "time") ? [call("clear")] : []),
      ...(reload ? [call("reload")] : []),
      ...whole,
    ],
    last: timed ? [call("end")] : [],
    timed,
    wait: reload || magics.some(({ name }) => name !== "time" && name !== "nothing"),
  };
}

/** The calls with how many statements stand on the line of each `%time`. */
export function countTimed(calls: MagicCalls, source: string): MagicCalls {
  if (![...calls.marked.values()].some(({ name }) => name === "time")) return calls;
  const lang = isJsx(source) ? "tsx" : "ts";
  const { program } = parseModule(source, lang);
  const body = program.body as unknown as Statement[];
  const marked = [...calls.marked].map(([mark, call]) => {
    const at = body.findIndex((statement) => markOf(statement) === mark);
    const line = source.indexOf("\n", body[at]?.start ?? 0);
    const end = line < 0 ? source.length : line;
    const statements = body.slice(at + 1).filter(({ start }) => start < end).length;
    return [mark, { ...call, statements }] as const;
  });
  return { ...calls, marked: new Map(marked) };
}

/** The mark that a statement is; empty for all others. */
export function markOf(statement: Statement): string {
  const expression = statement["expression"] as (Node & { name?: string }) | undefined;
  const name = expression?.type === "Identifier" ? expression.name : undefined;
  return name?.startsWith(MAGIC_MARK) === true ? name : "";
}

/** The time is taken at once, all else is waited for and may be interrupted. */
export function placeCall(pieces: Pieces, { name, argument, body }: MagicCall): void {
  if (name === "nothing") return;
  if (name === "clear" || name === "end") pieces.add(`__gradlab.timer.${name}();\n`);
  else if (name === "time") pieces.add("__gradlab.timer.start();");
  else
    pieces.add(
      `${SETTLE}await __gradlab.magic(${JSON.stringify(name)}, ${JSON.stringify(argument)}, ${JSON.stringify(body)}));\n`,
    );
}
