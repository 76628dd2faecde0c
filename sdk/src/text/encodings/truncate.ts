import { GradlabError } from "../../errors.js";
import type { Encoding } from "./encoding.js";
import type { TruncationJson } from "./limits.js";

/**
 * Texts cut to a length; what is cut off is in `overflowing`, in parts of that length which have `stride` tokens in common.
 *
 * @param texts one text or two, without the tokens of the template
 * @param added how many tokens the template adds
 * @throws E_CONFIG when the template alone is longer, the stride is not shorter than a part, or the text to cut is too short
 */
export function truncate(
  texts: readonly Encoding[],
  json: TruncationJson,
  added: number,
): readonly Encoding[] {
  const room = json.max_length - added;
  if (room < 0)
    throw new GradlabError("E_CONFIG", `${added} special tokens do not fit in ${json.max_length} tokens.`, {
      where: "truncation.maxLength",
      hint: "Ask for more tokens, or leave special tokens out.",
    });
  const excess = texts.reduce((sum, { length }) => sum + length, -room);
  if (excess <= 0) return texts;
  const lengths = room === 0 ? texts.map(() => 0) : lengthsOf(texts, json.strategy, room, excess);
  return texts.map((text, i) => cut(text, lengths[i], json));
}

/** How long each text may be. */
function lengthsOf(
  texts: readonly Encoding[],
  strategy: TruncationJson["strategy"],
  room: number,
  excess: number,
): number[] {
  const lengths = texts.map(({ length }) => length);
  if (strategy === "LongestFirst") return texts.length === 1 ? [room] : shareOf(lengths, room);
  const at = strategy === "OnlyFirst" ? 0 : 1;
  if (at >= texts.length || lengths[at] <= excess)
    throw new GradlabError(
      "E_CONFIG",
      at >= texts.length
        ? "Truncation of the second text needs two texts."
        : `The text to cut has ${lengths[at]} tokens, and ${excess} tokens are too many.`,
      { where: "truncation.strategy", hint: 'Use the strategy "longestFirst", or a larger maxLength.' },
    );
  lengths[at] -= excess;
  return lengths;
}

/** The longer one is cut first, then both alike. */
function shareOf([first, second]: readonly number[], room: number): number[] {
  const shorter = Math.min(first, second);
  let longer = shorter > room ? shorter : Math.max(shorter, room - shorter);
  let least = shorter;
  if (least + longer > room) {
    least = Math.floor(room / 2);
    longer = least + (room % 2);
  }
  return first > second ? [longer, least] : [least, longer];
}

function cut(text: Encoding, length: number, { direction, stride }: TruncationJson): Encoding {
  if (length >= text.length) return text;
  if (length === 0) return text.slice(0, 0).with({}, [text]);
  if (stride >= length)
    throw new GradlabError(
      "E_CONFIG",
      `A stride of ${stride} leaves nothing new in parts of ${length} tokens.`,
      {
        where: "truncation.stride",
        hint: "The length of a part is maxLength less the special tokens; take a shorter stride.",
      },
    );
  const parts: Encoding[] = [];
  for (let done = false, at = 0; !done; at += length - stride) {
    const [from, to] =
      direction === "Right"
        ? [at, Math.min(at + length, text.length)]
        : [Math.max(0, text.length - at - length), text.length - at];
    parts.push(text.slice(from, to));
    done = direction === "Right" ? to === text.length : from === 0;
  }
  return parts[0].with({}, parts.slice(1));
}
