import type { Runtime } from "node:inspector";
import { transformCell } from "../session/index.js";
import { compileExpression, ConditionFault } from "./conditions.js";
import type { Frame } from "./frames.js";
import { RESULTS, type Handle, type RemoteObject } from "./handles.js";
import { argumentOf, exceptionText, type Inspector } from "./inspector.js";

/** What the user's text gives where the main thread stands; throws its error. */
export async function evaluateInFrame(
  inspector: Inspector,
  frame: Frame,
  text: string,
  quiet = false,
): Promise<RemoteObject> {
  if (frame.call === undefined) throw new Error("This function waits; its variables cannot be seen now.");
  const answer = await inspector.request<Runtime.EvaluateReturnType>("Debugger.evaluateOnCallFrame", {
    callFrameId: frame.call.callFrameId,
    expression: compileText(text),
    objectGroup: RESULTS,
    silent: true,
    throwOnSideEffect: quiet,
  });
  return resultOf(answer);
}

/** The same while nothing is stopped: as a cell would run it, awaits included. */
export async function evaluateIdle(inspector: Inspector, text: string): Promise<RemoteObject> {
  const transformed = transformCell(text);
  if (!transformed.ok) throw new Error(transformed.fault.message);
  const answer = await inspector.request<Runtime.EvaluateReturnType>("Runtime.evaluate", {
    expression: transformed.program.code,
    objectGroup: RESULTS,
    silent: true,
  });
  const value = resultOf(answer);
  if (value.subtype !== "promise") return value;
  const promiseObjectId = value.objectId ?? "";
  return resultOf(await inspector.request("Runtime.awaitPromise", { promiseObjectId }));
}

/** A statement is allowed where an expression is not. */
function compileText(text: string): string {
  try {
    return compileExpression(text);
  } catch (error) {
    if (!(error instanceof ConditionFault)) throw error;
    const transformed = transformCell(text);
    if (!transformed.ok) throw new Error(transformed.fault.message, { cause: error });
    return transformed.program.script;
  }
}

function resultOf({ result, exceptionDetails }: Runtime.EvaluateReturnType): RemoteObject {
  if (exceptionDetails) throw new Error(exceptionText(exceptionDetails));
  return result;
}

/** Sets a variable of a scope, a top-level name or a property. */
export async function assign(
  inspector: Inspector,
  handle: Handle,
  name: string,
  value: RemoteObject,
): Promise<void> {
  if (handle.kind === "globals") return inspector.call("assign", [{ value: name }, argumentOf(value)]);
  if (handle.kind === "scope") return assignLocal(inspector, handle, name, value);
  const answer = await inspector.request<Runtime.CallFunctionOnReturnType>("Runtime.callFunctionOn", {
    objectId: handle.objectId,
    functionDeclaration: 'function (name, value) { "use strict"; this[name] = value; }',
    arguments: [{ value: name }, argumentOf(value)],
    silent: true,
  });
  if (answer.exceptionDetails) throw new Error(exceptionText(answer.exceptionDetails));
}

async function assignLocal(
  inspector: Inspector,
  { call, chain, frame }: Extract<Handle, { kind: "scope" }>,
  name: string,
  value: RemoteObject,
): Promise<void> {
  for (const scopeNumber of chain) {
    const { result } = await inspector.request<Runtime.GetPropertiesReturnType>("Runtime.getProperties", {
      objectId: call.scopeChain[scopeNumber]?.object.objectId ?? "",
      ownProperties: true,
    });
    if (!result.some((one) => one.name === name)) continue;
    await inspector.request("Debugger.setVariableValue", {
      scopeNumber,
      variableName: name,
      newValue: argumentOf(value),
      callFrameId: call.callFrameId,
    });
    return;
  }
  if (!frame.topLevel) throw new Error(`There is no variable ${name} here.`);
  await inspector.call("assign", [{ value: name }, argumentOf(value)]);
}
