import type { PostProcessorJson } from "../tokenizer-json.js";
import type { Encoding } from "./encoding.js";

/** White space at the ends of tokens is taken out of their offsets. */
export interface OffsetTrim {
  /** Whether a space was put before the text, which is none of its own. */
  readonly prefixed: boolean;
}

/** The trims a `post_processor` asks for, in order. */
export function readTrims(json: PostProcessorJson | null): readonly OffsetTrim[] {
  if (json?.type === "Sequence") return json.processors.flatMap(readTrims);
  if (json?.type !== "ByteLevel" && json?.type !== "RobertaProcessing") return [];
  const { trim_offsets: trims = true, add_prefix_space: prefixed = true } = json as {
    readonly trim_offsets?: boolean;
    readonly add_prefix_space?: boolean;
  };
  return trims ? [{ prefixed }] : [];
}

const LEADING = /^[Ġ\p{White_Space}]+/u;
const isSpace = (char: string): boolean => /^[Ġ\p{White_Space}]$/u.test(char);

/** @source Hugging Face tokenizers, pre_tokenizers/byte_level.rs, `process_offsets` */
export function trimOffsets(encoding: Encoding, text: string, { prefixed }: OffsetTrim): Encoding {
  const starts = Int32Array.from(encoding.offsets, ([start]) => start);
  const ends = Int32Array.from(encoding.offsets, ([, end]) => end);
  encoding.tokens.forEach((token, i) => {
    let leading = LEADING.exec(token)?.[0].length ?? 0;
    let trailing = 0;
    while (trailing < token.length && isSpace(token[token.length - 1 - trailing])) trailing++;
    // One space is the one that was put there; several are the text's own.
    if (leading === 1 && prefixed && (i === 0 || starts[i] === 0)) leading = 0;
    for (; leading > 0 && starts[i] < ends[i]; leading--) starts[i] += isPair(text, starts[i]) ? 2 : 1;
    for (; trailing > 0 && ends[i] > starts[i]; trailing--) ends[i] -= isPair(text, ends[i] - 2) ? 2 : 1;
  });
  const overflowing = encoding.overflowing.map((part) => trimOffsets(part, text, { prefixed }));
  return encoding.with({ starts, ends }, overflowing);
}

/** Whether a character of two units begins here: what stands for a space that was put before it. */
const isPair = (text: string, at: number): boolean => (text.codePointAt(at) ?? 0) > 0xffff;
