// model, data → Report
export { Evaluator } from "./evaluator.js";
export type { EvalEvent, EvalSample } from "./events.js";
export * from "./metrics/index.js";
export type { EvaluatedModel, EvaluationGate, EvaluatorOptions, Scoring } from "./options.js";
export {
  EvalReport,
  type CompareOptions,
  type GateVerdict,
  type Provenance,
  type ReportComparison,
} from "./report.js";
