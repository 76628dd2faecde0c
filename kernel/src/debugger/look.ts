import { assign, evaluateIdle, evaluateInFrame } from "./evaluate.js";
import type { Frame } from "./frames.js";
import type { Handle, RemoteObject } from "./handles.js";
import {
  type Command,
  type DebugSession,
  frameOf,
  type Json,
  needStopped,
  Refusal,
  textOf,
  THREAD,
} from "./session.js";

/** Requests that look at where the cell stands, and change values there. */
export const LOOK: Readonly<Record<string, Command>> = {
  threads: () => ({ threads: [{ id: THREAD, name: "cells" }] }),
  stackTrace,
  scopes: (session, { frameId }) => ({ scopes: session.variables.scopes(frameOf(session, frameId)) }),
  variables,
  setVariable,
  evaluate,
  exceptionInfo,
};

function stackTrace(session: DebugSession, { startFrame = 0, levels = 0 }: Json): Json {
  needStopped(session);
  const { all } = session.frames;
  const start = Number(startFrame);
  const end = Number(levels) > 0 ? start + Number(levels) : undefined;
  const stackFrames = all.slice(start, end).map((frame) => showFrame(session, frame));
  return { stackFrames, totalFrames: all.length };
}

function showFrame({ from }: DebugSession, { id, name, script, at, call }: Frame): Json {
  return {
    id,
    name,
    source: { name: script.name, path: script.path },
    line: at.line + from.line,
    column: at.column + from.column,
    ...(script.mine && call !== undefined ? {} : { presentationHint: "subtle" }),
  };
}

function handleOf({ variables: { handles } }: DebugSession, reference: unknown): Handle {
  const handle = handles.find(reference);
  if (handle === undefined) throw new Refusal("This reference is no longer valid.");
  return handle;
}

async function variables(session: DebugSession, args: Json): Promise<Json> {
  const handle = handleOf(session, args["variablesReference"]);
  return { variables: await session.variables.list(handle, args) };
}

async function setVariable(session: DebugSession, args: Json): Promise<Json> {
  const handle = handleOf(session, args["variablesReference"]);
  const frame = handle.kind === "scope" ? handle.frame : session.frames.all[0];
  const value = await valueOf(session, frame, textOf(args, "value"));
  await assign(session.inspector, handle, textOf(args, "name"), value);
  return { ...(await session.variables.show(value)) };
}

async function evaluate(session: DebugSession, args: Json): Promise<Json> {
  const text = textOf(args, "expression");
  const frame = args["frameId"] === undefined ? session.frames.all[0] : frameOf(session, args["frameId"]);
  const value = await valueOf(session, frame, text, args["context"] === "hover");
  const { value: result, ...shown } = await session.variables.show(value, text);
  return { result, ...shown };
}

function valueOf(
  { inspector }: DebugSession,
  frame: Frame | undefined,
  text: string,
  quiet = false,
): Promise<RemoteObject> {
  return frame ? evaluateInFrame(inspector, frame, text, quiet) : evaluateIdle(inspector, text);
}

function exceptionInfo({ pauses: { exception }, stop }: DebugSession): Json {
  if (stop?.reason !== "exception" || exception === undefined) {
    throw new Refusal("Nothing was thrown where the cell stands.");
  }
  const typeName = exception.className ?? exception.type;
  const message = stop.text ?? "";
  return {
    exceptionId: typeName,
    description: message,
    breakMode: stop.caught === false ? "unhandled" : "always",
    details: { message, typeName, stackTrace: exception.description ?? message },
  };
}
