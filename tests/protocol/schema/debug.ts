import { anything, either, ERROR, object, oneOf, record, text, whole, yesNo } from "./check.js";
import type { Family } from "./family.js";

const response = record({
  type: oneOf("response"),
  seq: whole,
  request_seq: whole,
  success: yesNo,
  command: text,
  "message?": text,
  "body?": anything,
});

/** The Debug Adapter Protocol, carried in messages. */
export const DEBUG_FAMILY: Family = {
  debug_reply: {
    channels: ["shell", "control"],
    content: either(response, record({ status: oneOf("error"), ...ERROR })),
  },
  debug_event: {
    channels: ["iopub"],
    content: record({ type: oneOf("event"), seq: whole, event: text, "body?": object }),
  },
};
