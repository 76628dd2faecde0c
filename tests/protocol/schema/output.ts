import { mimeBundle, object, oneOf, record, text, yesNo } from "./check.js";
import type { Family } from "./family.js";

const displayed = record({ data: mimeBundle, metadata: object, transient: record({ "display_id?": text }) });

/** What a cell shows, and whether it runs. */
export const OUTPUT_FAMILY: Family = {
  stream: { channels: ["iopub"], content: record({ name: oneOf("stdout", "stderr"), text }) },
  display_data: { channels: ["iopub"], content: displayed },
  update_display_data: {
    channels: ["iopub"],
    content: record({ data: mimeBundle, metadata: object, transient: record({ display_id: text }) }),
  },
  clear_output: { channels: ["iopub"], content: record({ wait: yesNo }) },
  status: {
    channels: ["iopub"],
    content: record({ execution_state: oneOf("starting", "busy", "idle") }),
  },
  iopub_welcome: { channels: ["iopub"], content: record({ subscription: text }) },
};
