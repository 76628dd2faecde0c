// Outputs → Terminal: what a notebook shows, as text.
export { CellPrinter, type Screen } from "./cell-printer.js";
export { openBrowser } from "./open-browser.js";
export { readPassword } from "./read-password.js";
export { whenNpmIsGone } from "./when-npm-is-gone.js";
