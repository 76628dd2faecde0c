import { record, text, yesNo } from "./check.js";
import type { Family } from "./family.js";

/** The kernel's questions to the user. */
export const STDIN_FAMILY: Family = {
  input_request: { channels: ["stdin"], content: record({ prompt: text, password: yesNo }) },
};
