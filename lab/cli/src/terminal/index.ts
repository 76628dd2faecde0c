// Outputs → Terminal: what a notebook shows, as text.
export { CellPrinter, type Screen } from "./cell-printer.js";
