import type { Score } from "./metrics/index.js";
import type { EvalReport } from "./report.js";

/** What became of one row. */
export interface EvalSample {
  /** The row's number. */
  readonly id: string;
  readonly input: string;
  /** What the model wrote, where a metric asked for it. */
  readonly output?: string;
  /** The label the model finds most likely, where a metric asked for it. */
  readonly choice?: string;
  readonly reference?: string;
  /** Whether the choice, or else the answer, is the reference. */
  readonly correct?: boolean;
  readonly nats?: number;
  readonly tokens?: number;
  readonly bytes?: number;
  readonly words?: number;
  readonly ms?: number;
}

/** What a running evaluation tells. */
export type EvalEvent =
  | { readonly type: "task"; readonly name: string; readonly index: number; readonly of: number }
  | ({ readonly type: "sample"; readonly model: string } & EvalSample)
  | { readonly type: "partial"; readonly model: string; readonly metrics: Readonly<Record<string, Score>> }
  | { readonly type: "warning"; readonly code: string; readonly message: string; readonly hint: string }
  | { readonly type: "done"; readonly report: EvalReport };
