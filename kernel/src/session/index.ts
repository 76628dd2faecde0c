// Cell → Program → Run: source text becomes a script, the script runs in the cell process.
export { magicCalls, type MagicCall, type MagicCalls } from "./magic-calls.js";
export { transformCell, type Transformed, type TransformOptions } from "./transform.js";
export { CellProcess, type CellEvents, type Outcome } from "./cell-process.js";
export { syntaxReport } from "./syntax-report.js";
export { checkComplete, type Completeness } from "./completeness.js";
export { splitHelp, type AskedCell, type Help } from "./help.js";
export { declarationSource, lastExpression, parseTypeScript, type Declaration } from "./declarations.js";
export { children, isNode, type Node } from "./syntax.js";
