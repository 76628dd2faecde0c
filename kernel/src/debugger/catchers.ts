import type { Debugger } from "node:inspector";
import { parseModule } from "../compile/index.js";
import { splitMagics } from "../magics/index.js";
import { children, isNode, type Node } from "../session/index.js";
import type { Frames } from "./frames.js";
import type { Inspector } from "./inspector.js";
import { lineStarts, type Position } from "./position-map.js";
import type { Sources } from "./sources.js";

type Paused = Debugger.PausedEventDataType;

interface Parsed {
  readonly program: Node;
  readonly starts: readonly number[];
}

/**
 * Whether the user's code catches an exception. V8 says so of every exception of a cell, for the kernel
 * catches what a cell throws; so the text of the functions on the stack is read instead: a `try` with a
 * `catch` around the place of the throw or of a call, or a `.catch(…)` behind the call. An async function
 * is taken to be awaited by its caller.
 */
export class Catchers {
  readonly #inspector: Inspector;
  readonly #sources: Sources;
  readonly #frames: Frames;
  readonly #parsed = new Map<string, Promise<Parsed | undefined>>();

  constructor(inspector: Inspector, sources: Sources, frames: Frames) {
    this.#inspector = inspector;
    this.#sources = sources;
    this.#frames = frames;
  }

  forget(): void {
    this.#parsed.clear();
  }

  /**
   * Who catches: the user's code, nobody before the kernel does, or Node's and packages' own code, which is
   * their business. `byEngine` is V8's word, taken for stacks without a cell at the bottom: timers, promises.
   */
  async find(
    { callFrames, asyncStackTrace }: Paused,
    byEngine: boolean,
  ): Promise<"user" | "nobody" | "internal"> {
    const awaiting = [];
    for (let stack = asyncStackTrace; stack?.description === "await"; stack = stack.parent) {
      awaiting.push(...stack.callFrames);
    }
    let seen = false;
    for (const place of [...callFrames.map(({ location }) => location), ...awaiting]) {
      const standing = this.#frames.standing(place);
      if (standing.kind === "wrapper") return "nobody";
      const isUser = standing.kind === "user";
      seen ||= isUser && standing.script.mine;
      const at = isUser ? standing.at : { line: place.lineNumber, column: place.columnNumber ?? 0 };
      const parsed = await this.#parse(place.scriptId, isUser);
      const around = parsed ? surroundings(parsed, at) : { caught: false, inFunction: true };
      if (around.caught) return seen ? "user" : "internal";
      // what a cell's own statements do not catch ends the cell
      if (isUser && standing.script.cell && !around.inFunction) return "nobody";
    }
    return byEngine ? "user" : "nobody";
  }

  #parse(scriptId: string, isUser: boolean): Promise<Parsed | undefined> {
    const known = this.#parsed.get(scriptId) ?? this.#read(scriptId, isUser).catch(() => undefined);
    this.#parsed.set(scriptId, known);
    return known;
  }

  async #read(scriptId: string, isUser: boolean): Promise<Parsed | undefined> {
    const path = isUser ? this.#sources.script(scriptId)?.path : undefined;
    const text =
      (path === undefined ? undefined : this.#sources.text(path)) ??
      (await this.#inspector.request<{ scriptSource: string }>("Debugger.getScriptSource", { scriptId }))
        .scriptSource;
    const lang = path !== undefined && /\.[cm]?tsx?$/.test(path) ? "ts" : "js";
    // a magic stands on a line of its own, and the others keep their places
    const code = path !== undefined && this.#sources.isCell(path) ? splitMagics(text).plain : text;
    const { program, errors } = parseModule(code, lang);
    return errors.length > 0 ? undefined : { program: program as unknown as Node, starts: lineStarts(text) };
  }
}

/** Whether something around the place, within its function, catches what is thrown there. */
export function surroundings(
  { program, starts }: Parsed,
  at: Position,
): { readonly caught: boolean; readonly inFunction: boolean } {
  const offset = (starts[at.line] ?? 0) + at.column;
  let [caught, inFunction] = [false, false];
  const visit = (node: Node): void => {
    if (node.type !== "Program" && !contains(node, offset)) return;
    if (FUNCTION.test(node.type)) {
      // what is around a function is not around its calls
      caught = false;
      inFunction = true;
    }
    if (node.type === "TryStatement" && node["handler"] && contains(node["block"], offset)) caught = true;
    if (node.type === "CallExpression" && isCatch(node["callee"], offset)) caught = true;
    for (const child of children(node)) visit(child);
  };
  visit(program);
  return { caught, inFunction };
}

const FUNCTION = /^(FunctionDeclaration|FunctionExpression|ArrowFunctionExpression|StaticBlock)$/;

/** `work().catch(…)`, with the place inside `work()`. */
function isCatch(callee: unknown, offset: number): boolean {
  if (!isNode(callee) || callee.type !== "MemberExpression") return false;
  const property = callee["property"];
  return isNode(property) && property["name"] === "catch" && contains(callee["object"], offset);
}

const contains = (node: unknown, offset: number): boolean =>
  isNode(node) && offset >= node.start && offset < node.end;
