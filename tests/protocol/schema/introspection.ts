import {
  either,
  list,
  mimeBundle,
  object,
  oneOf,
  record,
  reply,
  text,
  tuple,
  whole,
  yesNo,
} from "./check.js";
import type { Family } from "./family.js";

const plain = text;
const withOutput = tuple(text, either(text, oneOf(null)));

/** Questions about code and about what was run. */
export const INTROSPECTION_FAMILY: Family = {
  complete_reply: {
    channels: ["shell", "control"],
    content: reply({ matches: list(text), cursor_start: whole, cursor_end: whole, metadata: object }),
  },
  inspect_reply: {
    channels: ["shell", "control"],
    content: reply({ found: yesNo, data: mimeBundle, metadata: object }),
  },
  is_complete_reply: {
    channels: ["shell", "control"],
    content: either(
      record({ status: oneOf("complete", "invalid", "unknown") }),
      record({ status: oneOf("incomplete"), indent: text }),
    ),
  },
  history_reply: {
    channels: ["shell", "control"],
    content: reply({ history: list(tuple(whole, whole, either(plain, withOutput))) }),
  },
};
