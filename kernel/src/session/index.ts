// Cell → Program → Run: source text becomes a script, the script runs in the cell process.
export { transformCell, type Transformed } from "./transform.js";
export { CellProcess, type CellEvents, type Outcome } from "./cell-process.js";
export { syntaxReport } from "./syntax-report.js";
export { checkComplete, type Completeness } from "./completeness.js";
export { splitHelp, type AskedCell, type Help } from "./help.js";
export { declarationSource, parseTypeScript, type Declaration } from "./declarations.js";
export { children, isNode, type Node } from "./syntax.js";
