import { list, reply, text } from "./check.js";
import type { Family } from "./family.js";

const channels = ["shell", "control"];

/** Subshells (JEP 91). */
export const SUBSHELL_FAMILY: Family = {
  create_subshell_reply: { channels, content: reply({ subshell_id: text }) },
  delete_subshell_reply: { channels, content: reply({}) },
  list_subshell_reply: { channels, content: reply({ subshell_id: list(text) }) },
};
