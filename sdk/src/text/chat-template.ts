import { GradlabError } from "../errors.js";
import { jinjaTemplate } from "./jinja-template.js";
import type { Tokenizer } from "./tokenizer.js";

export type ChatRole = "system" | "user" | "assistant";

export interface ChatMessage {
  readonly role: ChatRole;
  readonly content: string;
}

/** A piece of a rendered conversation. */
export interface ChatSegment {
  readonly text: string;
  /** A special token, as opposed to text that must never be read as one. */
  readonly special: boolean;
  /** The model learns to write this: the assistant's words and the token that ends its turn. */
  readonly trained: boolean;
}

export interface ChatTemplate {
  readonly name: string;
  /** The same template in Jinja, for tokenizer_config.json. */
  readonly source: string;
  /** Ends the assistant's turn; generation stops there. */
  readonly endOfTurn: string;
  render(messages: readonly ChatMessage[], addGenerationPrompt: boolean): ChatSegment[];
}

export interface ChatOptions {
  /** Default: the tokenizer's own template. */
  readonly template?: ChatTemplate;
  /** Opens an assistant turn at the end, for generation. Default false. */
  readonly addGenerationPrompt?: boolean;
}

const ROLES: readonly string[] = ["system", "user", "assistant"];

/**
 * ChatML: `<|im_start|>role\ncontent<|im_end|>\n` for every message.
 *
 * Source: https://github.com/openai/openai-python/blob/release-v0.28.0/chatml.md
 */
export const CHATML: ChatTemplate = {
  name: "chatml",
  source:
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}",
  endOfTurn: "<|im_end|>",
  render(messages, addGenerationPrompt) {
    const plain = (text: string, trained = false): ChatSegment => ({ text, special: false, trained });
    const special = (text: string, trained = false): ChatSegment => ({ text, special: true, trained });
    const segments = messages.flatMap(({ role, content }) => [
      special("<|im_start|>"),
      plain(`${role}\n`),
      plain(content, role === "assistant"),
      special("<|im_end|>", role === "assistant"),
      plain("\n"),
    ]);
    return addGenerationPrompt ? [...segments, special("<|im_start|>"), plain("assistant\n")] : segments;
  },
};

const KNOWN_TEMPLATES: readonly ChatTemplate[] = [CHATML];
const ownTemplates = new WeakMap<Tokenizer, ChatTemplate>();

/**
 * Messages → the text a model sees.
 *
 * @throws E_DATA_FORMAT for an unknown role or content that is not a string; E_DATA_EMPTY for no messages
 * @example
 * renderChat([{ role: "user", content: "Hi" }], CHATML, { addGenerationPrompt: true })
 * // "<|im_start|>user\nHi<|im_end|>\n<|im_start|>assistant\n"
 */
export function renderChat(
  messages: readonly ChatMessage[],
  template: ChatTemplate = CHATML,
  options: Pick<ChatOptions, "addGenerationPrompt"> = {},
): string {
  return render(messages, template, options)
    .map((segment) => segment.text)
    .join("");
}

/**
 * Messages → ids and, for every id, whether the model is trained to write it (1) or only reads it (0).
 *
 * What a user writes can never become a special token, and the boundary between reading and writing never falls inside
 * a token; other text is encoded as one between special tokens, as it is in a rendered string.
 *
 * @throws E_TEMPLATE_MISSING when the tokenizer has no template that can be followed; E_TOKENIZER when the template's
 * special tokens are not in the vocabulary; E_DATA_FORMAT; E_DATA_EMPTY
 */
export function encodeChat(
  messages: readonly ChatMessage[],
  tokenizer: Tokenizer,
  options: ChatOptions = {},
): { ids: Int32Array; lossMask: Uint8Array } {
  const template = options.template ?? chatTemplateOf(tokenizer);
  const parts = joinPlain(render(messages, template, options)).map((segment) => {
    const ids = segment.special
      ? Int32Array.of(specialId(segment.text, tokenizer))
      : tokenizer.encode(segment.text, { addSpecialTokens: false, parseSpecialTokens: false });
    return { ids, trained: segment.trained };
  });
  const length = parts.reduce((sum, part) => sum + part.ids.length, 0);
  const ids = new Int32Array(length);
  const lossMask = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    ids.set(part.ids, at);
    if (part.trained) lossMask.fill(1, at, at + part.ids.length);
    at += part.ids.length;
  }
  return { ids, lossMask };
}

/** Plain text that stands together and is all read, or all written, is one text to a tokenizer. */
function joinPlain(segments: readonly ChatSegment[]): ChatSegment[] {
  const joined: ChatSegment[] = [];
  for (const segment of segments) {
    const last = joined.at(-1);
    if (last && !last.special && !segment.special && last.trained === segment.trained)
      joined[joined.length - 1] = { ...last, text: last.text + segment.text };
    else joined.push(segment);
  }
  return joined;
}

/**
 * The chat template of a tokenizer: the Jinja source of its configuration.
 *
 * @throws E_TEMPLATE_MISSING when it has none, or one that cannot be followed
 * @example chatTemplateOf(tokenizer).endOfTurn // "<|im_end|>"
 */
export function chatTemplateOf(tokenizer: Tokenizer): ChatTemplate {
  const { chatTemplate: source } = tokenizer;
  if (source === undefined)
    throw new GradlabError("E_TEMPLATE_MISSING", "The tokenizer has no chat template.");
  const known = KNOWN_TEMPLATES.find((template) => template.source === source) ?? ownTemplates.get(tokenizer);
  if (known !== undefined) return known;
  const own = jinjaTemplate(source, {
    specials: tokenizer.toJSON().added_tokens.flatMap(({ content, special }) => (special ? [content] : [])),
    variables: namedTokens(tokenizer),
  });
  ownTemplates.set(tokenizer, own);
  return own;
}

/** bos_token, eos_token and what else a configuration names. */
function namedTokens(tokenizer: Tokenizer): Record<string, string> {
  const named = Object.entries(tokenizer.toConfig()).filter(([name]) => name.endsWith("_token"));
  return Object.fromEntries(
    named.flatMap(([name, token]) => {
      if (typeof token === "string") return [[name, token]];
      const content =
        typeof token === "object" && token !== null && "content" in token ? token.content : undefined;
      return typeof content === "string" ? [[name, content]] : [];
    }),
  );
}

function render(
  messages: readonly ChatMessage[],
  template: ChatTemplate,
  options: Pick<ChatOptions, "addGenerationPrompt">,
): ChatSegment[] {
  if (messages.length === 0) throw new GradlabError("E_DATA_EMPTY", "The conversation has no messages.");
  messages.forEach((message, index) => {
    if (!ROLES.includes(message?.role))
      throw new GradlabError(
        "E_DATA_FORMAT",
        `Message ${index} has the role ${JSON.stringify(message?.role)}.`,
        {
          hint: `Roles are ${ROLES.join(", ")}.`,
          where: `messages[${index}].role`,
        },
      );
    if (typeof message.content !== "string")
      throw new GradlabError("E_DATA_FORMAT", `The content of message ${index} is not a string.`, {
        where: `messages[${index}].content`,
      });
  });
  return template.render(messages, options.addGenerationPrompt ?? false);
}

function specialId(token: string, tokenizer: Tokenizer): number {
  const id = tokenizer.idOf(token);
  if (id !== undefined && tokenizer.isSpecial(id)) return id;
  throw new GradlabError(
    "E_TOKENIZER",
    `The chat template needs the special token ${JSON.stringify(token)}.`,
    {
      hint: "Use a template whose special tokens are in the vocabulary.",
    },
  );
}
