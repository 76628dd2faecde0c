import { createRequire } from "node:module";
import type { Template } from "@huggingface/jinja";
import { GradlabError } from "../errors.js";
import type { ChatMessage, ChatSegment, ChatTemplate } from "./chat-template.js";

/** What a template is told of its tokenizer. */
export interface TemplateSurroundings {
  /** Special tokens, as they stand in rendered text. */
  readonly specials: readonly string[];
  /** bos_token, eos_token and the like. */
  readonly variables: Readonly<Record<string, unknown>>;
}

/** Stands for a message's text while the template runs: from Unicode's private use area, so that no template knows it. */
const mark = (index: number): string => `\u{F0F00}${index}\u{F0F01}`;
const MARKS = /\u{F0F00}(\d+)\u{F0F01}/u;

/**
 * A chat template in Jinja, as `tokenizer_config.json` holds it.
 *
 * The template is run over marks in place of the messages' texts: so it is known exactly which characters of the result
 * the assistant wrote, and what a user writes is never taken for a special token. Where a template changes texts (beyond
 * trimming them) that cannot be done; then the assistant's part is what a longer conversation has over its beginning.
 *
 * @source huggingface.co/docs/transformers, "Chat templates"; Jinja by @huggingface/jinja
 * @throws E_TEMPLATE_MISSING when the source is not Jinja that can be followed
 * @example
 * const source = "{{ bos_token }}{% for m in messages %}[{{ m.role }}]{{ m.content }}</s>{% endfor %}";
 * const template = jinjaTemplate(source, { specials: ["<s>", "</s>"], variables: { bos_token: "<s>" } });
 * template.render([{ role: "user", content: "Hi" }], false).map(({ text }) => text).join("") // "<s>[user]Hi</s>"
 */
export function jinjaTemplate(source: string, surroundings: TemplateSurroundings): ChatTemplate {
  const jinja = new JinjaChat(source, surroundings);
  return {
    name: "jinja",
    source,
    endOfTurn: jinja.endOfTurn(),
    render: (messages, addGenerationPrompt) => jinja.segments(messages, addGenerationPrompt),
  };
}

class JinjaChat {
  readonly #template: Template;
  readonly #variables: Readonly<Record<string, unknown>>;
  readonly #specials: RegExp | undefined;

  constructor(source: string, { specials, variables }: TemplateSurroundings) {
    this.#template = parse(source);
    this.#variables = variables;
    const longestFirst = [...specials].sort((a, b) => b.length - a.length).map(escape);
    this.#specials = longestFirst.length > 0 ? new RegExp(`(${longestFirst.join("|")})`, "u") : undefined;
  }

  /** The special token right behind the assistant's words; "" where the template has none. */
  endOfTurn(): string {
    try {
      const probe = this.segments(
        [
          { role: "user", content: "u" },
          { role: "assistant", content: "a" },
        ],
        false,
      );
      return probe.findLast(({ special, trained }) => special && trained)?.text ?? "";
    } catch (error) {
      if (error instanceof GradlabError) return "";
      throw error;
    }
  }

  segments(messages: readonly ChatMessage[], addGenerationPrompt: boolean): ChatSegment[] {
    const rendered = this.#render(messages, addGenerationPrompt);
    const marked = messages.map((message, i) => ({ ...message, content: mark(i) }));
    const parts = this.#tryRender(marked, addGenerationPrompt)?.split(MARKS);
    for (const text of [(s: string) => s, (s: string) => s.trim()]) {
      const segments = parts && this.#assemble(parts, messages, text);
      if (segments && textOf(segments) === rendered) return segments;
    }
    return this.#byPrefixes(messages, rendered);
  }

  /** Template text and message numbers in turn → segments. */
  #assemble(
    parts: readonly string[],
    messages: readonly ChatMessage[],
    textOfMessage: (text: string) => string,
  ): ChatSegment[] {
    let answering = false;
    return parts.flatMap((part, i) => {
      if (i % 2 === 0) {
        const segments = this.#split(part, answering);
        answering = false;
        return segments;
      }
      const { role, content } = messages[Number(part)];
      answering = role === "assistant";
      return [{ text: textOfMessage(content), special: false, trained: answering }];
    });
  }

  /** Template text → segments; behind an answer, up to its first special token the model learns to write it. */
  #split(text: string, answering: boolean): ChatSegment[] {
    const pieces = this.#specials ? text.split(this.#specials) : [text];
    const end = answering && pieces.length > 1 ? 1 : -1;
    return pieces
      .map((piece, i): ChatSegment => ({ text: piece, special: i % 2 === 1, trained: i <= end }))
      .filter(({ text: piece }) => piece !== "");
  }

  /** The assistant's turns as differences: what the conversation up to a turn has over the prompt for it. */
  #byPrefixes(messages: readonly ChatMessage[], rendered: string): ChatSegment[] {
    this.#refuseSpecials(messages);
    const segments: ChatSegment[] = [];
    let at = 0;
    messages.forEach(({ role }, i) => {
      if (role !== "assistant") return;
      const prompt = this.#tryRender(messages.slice(0, i), true);
      const whole = this.#tryRender(messages.slice(0, i + 1), false);
      if (
        prompt === undefined ||
        whole === undefined ||
        !whole.startsWith(prompt) ||
        !rendered.startsWith(whole)
      )
        throw unclear(`the turn of message ${i} cannot be told from the rest`);
      const answer = this.#split(whole.slice(prompt.length), false);
      const end = answer.findLastIndex(({ special }) => special);
      segments.push(
        ...this.#split(rendered.slice(at, prompt.length), false),
        ...answer.map((segment, j) => ({ ...segment, trained: end < 0 || j <= end })),
      );
      at = whole.length;
    });
    return [...segments, ...this.#split(rendered.slice(at), false)];
  }

  #refuseSpecials(messages: readonly ChatMessage[]): void {
    const at = messages.findIndex(({ content }) => this.#specials?.test(content));
    if (at >= 0) throw unclear(`message ${at} contains a special token`);
  }

  #render(messages: readonly ChatMessage[], addGenerationPrompt: boolean): string {
    try {
      return this.#template.render({
        ...this.#variables,
        messages: messages.map((message) => ({ ...message })),
        add_generation_prompt: addGenerationPrompt,
      });
    } catch (cause) {
      throw new GradlabError(
        "E_DATA_FORMAT",
        `The chat template refuses the conversation: ${cause instanceof Error ? cause.message : String(cause)}`,
        {
          hint: "Templates differ in the roles they know and the order they allow.",
          where: "messages",
          cause,
        },
      );
    }
  }

  #tryRender(messages: readonly ChatMessage[], addGenerationPrompt: boolean): string | undefined {
    try {
      return this.#render(messages, addGenerationPrompt);
    } catch {
      return undefined;
    }
  }
}

/** Loaded when the first template is followed: most who import gradlab never follow one. */
const loadJinja = (): typeof import("@huggingface/jinja") =>
  createRequire(import.meta.url)("@huggingface/jinja") as typeof import("@huggingface/jinja");

function parse(source: string): Template {
  try {
    return new (loadJinja().Template)(source);
  } catch (cause) {
    throw new GradlabError(
      "E_TEMPLATE_MISSING",
      `The tokenizer's chat template cannot be followed: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
  }
}

const unclear = (why: string): GradlabError =>
  new GradlabError("E_TEMPLATE_MISSING", `The chat template changes what messages say, and ${why}.`, {
    hint: "Give a simpler template, such as CHATML.",
  });

const textOf = (segments: readonly ChatSegment[]): string => segments.map(({ text }) => text).join("");

const escape = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
