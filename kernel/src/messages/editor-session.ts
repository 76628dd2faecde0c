import type { CompletionItem, EditorView } from "../checker/index.js";
import { splitMagics } from "../magics/index.js";
import type { JsonObject } from "../wire/index.js";
import type { Context } from "./context.js";
import { magicCompletion, magicHover, magicProblems } from "./editor-magics.js";
import {
  BadParams,
  type Position,
  readCells,
  readPosition,
  type RequestParams,
  text,
} from "./editor-params.js";

type Id = number | string;
type Send = (data: JsonObject, parent: JsonObject) => void;
type Method = (params: RequestParams, live: () => boolean) => Promise<unknown>;

interface Cell {
  readonly id: string;
  readonly text: string;
}

/** ms that a request waits for the language server. */
const PATIENCE = 10_000;
/** How many completions are told with signature and documentation at once. */
const DETAILS = 20;

class Cancelled extends Error {}
class Late extends Error {}

/** One front end that shows help: its requests, by the specification in docs/kernel-language-comm.md. */
export class EditorSession {
  readonly #context: Context;
  readonly #view: EditorView;
  readonly #cancels = new Map<Id, { readonly method: string; readonly cancel: () => void }>();
  #cells: readonly Cell[] = [];
  #items: readonly CompletionItem[] = [];
  readonly send: Send;
  readonly #methods: Readonly<Record<string, Method>> = {
    diagnostics: (params, live) => this.#diagnostics(params, live),
    hover: (params) => this.#hover(params),
    signatureHelp: (params) => this.#at(params, (cell, position) => this.#view.signatures(cell, position)),
    completion: (params) => this.#completion(params),
    resolve: (params) => this.#resolve(params),
    definition: (params) =>
      this.#at(params, async (cell, position) => ({
        locations: await this.#view.definition(cell, position),
      })),
    format: (params) => this.#format(params),
  };

  constructor(context: Context, send: Send) {
    this.#context = context;
    this.#view = context.language.view();
    this.send = send;
  }

  get methods(): string[] {
    return Object.keys(this.#methods);
  }

  receive(data: unknown, parent: JsonObject): void {
    const { id, method, params } = (data ?? {}) as { id?: Id; method?: unknown; params?: RequestParams };
    if (method === "cancel") {
      this.#cancels.get(params?.["id"] as Id)?.cancel();
    } else if (typeof id === "number" || typeof id === "string") {
      void this.#answer(id, String(method), params ?? {}).then((answer) =>
        this.send({ id, ...answer }, parent),
      );
    }
  }

  close(): void {
    for (const { cancel } of this.#cancels.values()) cancel();
    this.#view.close();
  }

  async #answer(id: Id, name: string, params: RequestParams): Promise<JsonObject> {
    const method = Object.hasOwn(this.#methods, name) ? this.#methods[name] : undefined;
    if (method === undefined) return failure("method", `There is no method ${name}.`);
    if (name === "diagnostics") {
      for (const waiting of this.#cancels.values()) if (waiting.method === name) waiting.cancel();
    }
    let live = true;
    let timer: NodeJS.Timeout | undefined;
    const stopped = new Promise<never>((_resolve, reject) => {
      const stop = (error: Error): void => {
        live = false;
        reject(error);
      };
      this.#cancels.set(id, { method: name, cancel: () => stop(new Cancelled()) });
      timer = setTimeout(() => stop(new Late()), PATIENCE);
    });
    try {
      this.#take(params);
      return { result: await Promise.race([method(params, () => live), stopped]) };
    } catch (error) {
      if (error instanceof Cancelled) return failure("cancelled", "The request was cancelled.");
      if (error instanceof BadParams) return failure("params", error.message);
      const late = `The language server did not answer within ${PATIENCE / 1000} s.`;
      return failure("unavailable", error instanceof Late ? late : (error as Error).message);
    } finally {
      clearTimeout(timer);
      this.#cancels.delete(id);
    }
  }

  /** The cells, or the text of one, that came with a request. */
  #take(params: RequestParams): void {
    const cells = readCells(params["cells"]) ?? this.#cells;
    const replaced = params["text"];
    this.#cells =
      replaced === undefined
        ? cells
        : cells.map((cell) =>
            cell.id === params["cell"] ? { id: cell.id, text: text(params, "text") } : cell,
          );
    const plain = this.#cells.map((cell) => ({ id: cell.id, text: this.#split(cell.text).plain }));
    this.#view.setCells(plain);
  }

  #split(source: string): ReturnType<typeof splitMagics> {
    return splitMagics(source, this.#context.language.knows);
  }

  #cell(params: RequestParams): Cell {
    const id = text(params, "cell");
    const found = this.#cells.find((cell) => cell.id === id);
    if (found === undefined) throw new BadParams(`There is no cell ${id}; send \`cells\` first.`);
    return found;
  }

  async #at<T>(params: RequestParams, ask: (cell: string, position: Position) => Promise<T>): Promise<T> {
    const { id, text: source } = this.#cell(params);
    return ask(id, readPosition(params, source));
  }

  async #diagnostics(params: RequestParams, live: () => boolean): Promise<unknown> {
    const only = params["only"];
    const cells: unknown[] = [];
    for (const { id, text: source } of this.#cells) {
      if (!live()) break;
      if (Array.isArray(only) && !only.includes(id)) continue;
      const problems = await this.#view.diagnostics(id, this.#context.typeCheck === "off");
      cells.push({ id, diagnostics: [...magicProblems(source, this.#split(source)), ...problems] });
    }
    return { cells };
  }

  #hover(params: RequestParams): Promise<unknown> {
    return this.#at(params, async (id, position) => {
      const help = magicHover(this.#cell(params).text, position);
      return help ?? this.#view.hover(id, position);
    });
  }

  #completion(params: RequestParams): Promise<unknown> {
    const details = typeof params["details"] === "number" ? params["details"] : DETAILS;
    return this.#at(params, async (id, position) => {
      const magics = magicCompletion(this.#cell(params).text, position);
      if (magics !== undefined) return magics;
      const { range, incomplete, items } = await this.#view.completion(id, position, details);
      this.#items = items;
      return { range, incomplete, items: items.map(shownItem) };
    });
  }

  async #resolve(params: RequestParams): Promise<unknown> {
    const item = this.#items[Number(params["data"])];
    if (item === undefined) return {};
    const { detail, documentation } = await this.#view.resolve(item);
    return {
      ...(detail === undefined ? {} : { detail }),
      ...(documentation === undefined ? {} : { documentation }),
    };
  }

  async #format(params: RequestParams): Promise<unknown> {
    const { id, text: source } = this.#cell(params);
    const options = { tabSize: 2, insertSpaces: true, ...(params["options"] as object | undefined) };
    const { magics } = this.#split(source);
    if (magics.some(({ kind, body }) => kind === "cell" && body !== "" && magics[0]?.name !== "time"))
      return { edits: [] };
    const problems = await this.#view.diagnostics(id, true);
    if (problems.length > 0) return { edits: [] };
    const lines = new Set(magics.map(({ start }) => source.slice(0, start).split("\n").length - 1));
    const edits = (await this.#view.format(id, options)).filter(
      ({ range }) => ![...lines].some((line) => line >= range.start.line && line <= range.end.line),
    );
    return { edits };
  }
}

function shownItem(item: CompletionItem, i: number): JsonObject {
  const { text: label, kind, detail, documentation, deprecated } = item;
  return {
    label,
    kind: kind.replaceAll(" ", ""),
    insertText: label,
    sortText: String(i).padStart(4, "0"),
    ...(detail === undefined ? {} : { detail }),
    ...(documentation === undefined ? {} : { documentation }),
    ...(deprecated === true ? { deprecated } : {}),
    data: i,
  };
}

const failure = (code: string, message: string): JsonObject => ({ error: { code, message } });
