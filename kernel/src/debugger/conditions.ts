import { loadOxc } from "../compile/index.js";
import { HELPER } from "./inspector.js";

/** A fault in what the user typed as condition, hit condition or message. */
export class ConditionFault extends Error {}

/** An expression of TypeScript → one of JavaScript; throws ConditionFault when it is none. */
export function compileExpression(text: string): string {
  const { transformer, parser } = loadOxc();
  // in brackets an object literal is one, and a declaration is none
  const typed = transformer.transformSync("expression.ts", `(${text}\n);`, {
    lang: "ts",
    sourceType: "script",
  });
  const fault = typed.errors[0];
  if (fault !== undefined) throw new ConditionFault(fault.message);
  const code = typed.code.trim().replace(/;$/, "");
  const { program } = parser.parseSync("expression.js", code, { lang: "js", sourceType: "script" });
  if (program.body.length !== 1) throw new ConditionFault("One expression is expected.");
  return `(${code}\n)`;
}

const HIT = /^\s*(?:(>=|>|<=|<|===?|%)\s*)?(\d+)\s*$/;

export interface BreakpointRules {
  readonly condition?: string;
  readonly hitCondition?: string;
  readonly logMessage?: string;
}

/**
 * The condition that the inspector evaluates in the frame, with no round trip: true stops. Hits count only
 * where the condition holds; a message is printed and never stops. Undefined: stop always.
 */
export function breakCondition(id: number, rules: BreakpointRules): string | undefined {
  const parts: string[] = [];
  if (rules.condition?.trim()) parts.push(compileExpression(rules.condition));
  if (rules.hitCondition?.trim()) {
    const match = HIT.exec(rules.hitCondition);
    if (match === null)
      throw new ConditionFault("Hit conditions are a number, or one after >=, >, ==, <, <= or %.");
    parts.push(`${HELPER}.hit(${id}, ${JSON.stringify(match[1] ?? "==")}, ${match[2]})`);
  }
  if (rules.logMessage !== undefined && rules.logMessage !== "") {
    parts.push(`${HELPER}.log(${logParts(rules.logMessage)})`);
  }
  return parts.length > 0 ? parts.join(" && ") : undefined;
}

/** `x is {x}` → a list of texts and of functions that give what is in braces. */
function logParts(message: string): string {
  const parts = message.split(/\{([^{}]*)\}/).map((text, i) => {
    if (i % 2 === 0) return JSON.stringify(text);
    return `() => ${compileExpression(text)}`;
  });
  return `[${parts.join(", ")}]`;
}
