import {
  anything,
  ERROR,
  either,
  list,
  mapOf,
  mimeBundle,
  object,
  oneOf,
  record,
  text,
  whole,
  yesNo,
} from "./check.js";
import type { Family } from "./family.js";

const expression = either(
  record({ status: oneOf("ok"), data: mimeBundle, metadata: object }),
  record({ status: oneOf("error"), ...ERROR }),
);

const payload = either(
  record({ source: oneOf("page"), data: mimeBundle, start: whole }),
  record({ source: oneOf("set_next_input"), text, replace: yesNo }),
  record({ source: oneOf("ask_exit"), keepkernel: yesNo }),
);

const common = { execution_count: whole, payload: list(payload), user_expressions: mapOf(expression) };

/** A cell: its reply, its echo, its result, its error. */
export const EXECUTE_FAMILY: Family = {
  execute_reply: {
    channels: ["shell", "control"],
    content: either(
      record({ status: oneOf("ok"), ...common }),
      record({ status: oneOf("error"), ...common, ...ERROR }),
      record({ status: oneOf("aborted") }),
    ),
  },
  execute_input: { channels: ["iopub"], content: record({ code: text, execution_count: whole }) },
  execute_result: {
    channels: ["iopub"],
    content: record({ data: mimeBundle, metadata: object, execution_count: whole, "transient?": anything }),
  },
  error: { channels: ["iopub"], content: record(ERROR) },
};
