import { list, matching, record, reply, text, whole, yesNo } from "./check.js";
import type { Family } from "./family.js";

const languageInfo = record({
  name: text,
  version: text,
  mimetype: text,
  file_extension: matching(/^\./),
  "pygments_lexer?": text,
  "codemirror_mode?": text,
  "nbconvert_exporter?": text,
});

/** The kernel itself: who it is, where it listens, stopping a cell, ending. */
export const KERNEL_FAMILY: Family = {
  kernel_info_reply: {
    channels: ["shell", "control"],
    content: reply({
      protocol_version: matching(/^\d+\.\d+(\.\d+)?$/),
      implementation: text,
      implementation_version: matching(/^\d+\.\d+\.\d+/),
      language_info: languageInfo,
      banner: text,
      help_links: list(record({ text, url: matching(/^https?:/) })),
      debugger: yesNo,
      supported_features: list(text),
    }),
  },
  connect_reply: {
    channels: ["shell", "control"],
    content: reply({
      shell_port: whole,
      iopub_port: whole,
      stdin_port: whole,
      control_port: whole,
      hb_port: whole,
    }),
  },
  create_subshell_reply: { channels: ["control", "shell"], content: reply({ subshell_id: text }) },
  delete_subshell_reply: { channels: ["control", "shell"], content: reply({}) },
  list_subshell_reply: { channels: ["control", "shell"], content: reply({ subshell_id: list(text) }) },
  interrupt_reply: { channels: ["shell", "control"], content: reply({}) },
  // as from ipykernel, iopub tells the other clients too
  shutdown_reply: { channels: ["shell", "control", "iopub"], content: reply({ restart: yesNo }) },
};
