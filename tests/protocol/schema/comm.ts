import { mapOf, object, record, reply, text } from "./check.js";
import type { Family } from "./family.js";

/** Comms: both ends open, talk and close alike. */
export const COMM_FAMILY: Family = {
  comm_open: {
    channels: ["iopub"],
    content: record({ comm_id: text, target_name: text, data: object, "target_module?": text }),
  },
  comm_msg: { channels: ["iopub"], content: record({ comm_id: text, data: object }) },
  comm_close: { channels: ["iopub"], content: record({ comm_id: text, data: object }) },
  comm_info_reply: {
    channels: ["shell", "control"],
    content: reply({ comms: mapOf(record({ target_name: text })) }),
  },
};
