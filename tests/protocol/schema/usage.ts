import { mapOf, number, record, text, whole } from "./check.js";
import type { Family } from "./family.js";

/** What ipykernel says of memory and processors; it is not in the protocol. */
export const USAGE_FAMILY: Family = {
  usage_reply: {
    channels: ["shell", "control"],
    content: record({
      hostname: text,
      pid: whole,
      kernel_cpu: number,
      kernel_memory: whole,
      "host_cpu_percent?": number,
      cpu_count: whole,
      host_virtual_memory: mapOf(number),
    }),
  },
};
