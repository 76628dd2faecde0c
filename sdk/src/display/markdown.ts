import { type Displayable, displayable } from "./display.js";

/**
 * Markdown text that a notebook renders.
 *
 * @example markdown("The loss is **2.1**.")
 */
export function markdown(text: string): Displayable {
  return displayable(() => ({ "text/markdown": text, "text/plain": text }));
}
