import { GradlabError } from "../errors.js";
import type { Score } from "./metrics/index.js";
import type { EvaluationGate } from "./options.js";

export interface GateOptions {
  /** "throw" (default) fails the job; "warn" only says so in the report. */
  readonly onFail?: "throw" | "warn";
}

interface Condition {
  readonly holds: (value: number) => boolean;
  readonly text: string;
}

/** @throws E_CONFIG for a condition that cannot be read, or on a metric that is not measured */
export function checkGate(gate: EvaluationGate, measured: readonly string[]): void {
  for (const [metric, text] of Object.entries(gate)) {
    readCondition(metric, text);
    if (measured.includes(metric)) continue;
    throw new GradlabError("E_CONFIG", `The gate names ${metric}, which is not measured.`, {
      hint: `Add it to metrics; measured are ${measured.join(", ")}.`,
    });
  }
}

function readCondition(metric: string, text: string): Condition {
  const [, operator, number] = /^(>=|<=|>|<)\s*(\S+)$/.exec(text) ?? [];
  const bound = Number(number);
  if (operator === undefined || Number.isNaN(bound)) {
    throw new GradlabError("E_CONFIG", `gate: ${metric} "${text}" cannot be read.`, {
      hint: 'Write an operator and a number, such as ">=0.8".',
    });
  }
  const holds: Readonly<Record<string, (value: number) => boolean>> = {
    ">=": (value) => value >= bound,
    "<=": (value) => value <= bound,
    ">": (value) => value > bound,
    "<": (value) => value < bound,
  };
  return { holds: holds[operator], text };
}

/** Which conditions which models do not meet; NaN meets none. */
export function failedConditions(
  gate: EvaluationGate,
  scores: Readonly<Record<string, Readonly<Record<string, Score>>>>,
): string[] {
  return Object.entries(gate).flatMap(([metric, condition]) => {
    const { holds, text } = readCondition(metric, condition);
    return Object.entries(scores)
      .filter(([, found]) => !holds(found[metric].value))
      .map(
        ([model, found]) =>
          `${metric} of ${model} is ${Number(found[metric].value.toPrecision(4))}, asked for is ${text}`,
      );
  });
}
