// Garbage → Memory of the system: what the process that speaks and the one that runs cells both do.
export { collectLater } from "./collect-later.js";
