import {
  type CompletionHandler,
  type CompletionTriggerKind,
  ContextCompleterProvider,
  type ICompletionContext,
  type ICompletionProvider,
  KernelCompleterProvider,
} from "@jupyterlab/completer";
import type { SourceChange } from "@jupyter/ydoc";
import type { Languages } from "./languages.js";
import type { NotebookLanguage } from "./notebook-language.js";
import { offsetOf } from "./offsets.js";
import type { CompletionItem } from "./protocol.js";

type Item = CompletionHandler.ICompletionItem & { readonly data?: unknown };

/**
 * Completion with types, from the kernel's language help; where a kernel has none, its own completion; where there is no
 * kernel, the words of the text.
 */
export class LanguageCompletion implements ICompletionProvider<Item> {
  readonly identifier = "CompletionProvider:gradlab";
  readonly rank = 900;
  readonly renderer = null;
  readonly #languages: Languages;
  readonly #kernel = new KernelCompleterProvider();
  readonly #words = new ContextCompleterProvider();

  constructor(languages: Languages) {
    this.#languages = languages;
  }

  isApplicable(): Promise<boolean> {
    return Promise.resolve(true);
  }

  async fetch(
    request: CompletionHandler.IRequest,
    context: ICompletionContext,
    _trigger?: CompletionTriggerKind,
  ): Promise<CompletionHandler.ICompletionItemsReply<Item>> {
    const { editor, session } = context;
    const language = this.#languageOf(context);
    if (!editor || language === undefined) {
      return session?.kernel
        ? await this.#kernel.fetch(request, context)
        : await this.#words.fetch(request, context);
    }
    const answer = await language.ask("completion", editor.model, request.offset);
    if (answer === undefined) return { start: request.offset, end: request.offset, items: [] };
    return {
      start: offsetOf(request.text, answer.range.start),
      end: offsetOf(request.text, answer.range.end),
      items: answer.items.map(itemOf),
    };
  }

  async resolve(item: Item, context: ICompletionContext): Promise<Item> {
    const client = this.#languageOf(context)?.client;
    if (client === undefined || item.documentation !== undefined || item.data === undefined) return item;
    try {
      const { detail, documentation } = await client.request("resolve", { data: item.data });
      return { ...item, documentation: textOf(detail, documentation) };
    } catch {
      return item;
    }
  }

  shouldShowContinuousHint(visible: boolean, changed: SourceChange, context?: ICompletionContext): boolean {
    const usual = !visible && isWordCharacter(changed);
    if (context === undefined) return usual;
    const triggers = this.#languageOf(context)?.client?.hello?.completionTriggers ?? [];
    return usual || triggers.includes(insertedText(changed));
  }

  #languageOf({ editor }: ICompletionContext): NotebookLanguage | undefined {
    const language = editor ? this.#languages.of(editor.model) : undefined;
    return language?.client?.hello === undefined ? undefined : language;
  }
}

function itemOf({ label, kind, insertText, detail, documentation, deprecated, data }: CompletionItem): Item {
  const text = textOf(detail, documentation);
  return {
    label,
    ...(insertText === undefined ? {} : { insertText }),
    ...(kind === undefined ? {} : { type: kind }),
    ...(text === undefined ? {} : { documentation: text }),
    ...(deprecated === undefined ? {} : { deprecated }),
    ...(data === undefined ? {} : { data }),
  };
}

function textOf(detail: string | undefined, documentation: string | undefined): string | undefined {
  // The panel beside the list shows plain text.
  const text = [detail, documentation].filter((part) => part !== undefined && part !== "").join("\n\n");
  return text === "" ? undefined : text;
}

function insertedText({ sourceChange }: SourceChange): string {
  if (!sourceChange || sourceChange.some((delta) => delta.delete != null)) return "";
  return sourceChange.map((delta) => (typeof delta.insert === "string" ? delta.insert : "")).join("");
}

const isWordCharacter = (change: SourceChange): boolean =>
  /^[\p{L}\p{N}\p{M}_$]$/u.test(insertedText(change));
