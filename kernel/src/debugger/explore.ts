import { evaluateIdle, evaluateInFrame } from "./evaluate.js";
import { argumentOf } from "./inspector.js";
import {
  type Command,
  type DebugSession,
  frameOf,
  type Json,
  pathOf,
  Refusal,
  textOf,
  THREAD,
} from "./session.js";
import { HASH_SEED, SUFFIX } from "./sources.js";

/** How long, in ms, a busy cell may keep a rich view waiting before its printed form is taken. */
const PATIENCE = 1000;

/** Requests about sources and about the notebook's names; they need no stop, and Jupyter added most of them. */
export const EXPLORE: Readonly<Record<string, Command>> = {
  debugInfo,
  dumpCell: ({ sources }, args) => ({ sourcePath: sources.dump(textOf(args, "code")) }),
  source,
  modules,
  inspectVariables,
  richInspectVariables,
  copyToGlobals,
};

/** What a front end needs to know before it attaches, or when it comes back. */
function debugInfo({ initialized, stop, sources, breakpoints }: DebugSession): Json {
  return {
    isStarted: initialized,
    hashMethod: "Murmur2",
    hashSeed: HASH_SEED,
    tmpFilePrefix: sources.prefix,
    tmpFileSuffix: SUFFIX,
    breakpoints: breakpoints.list().map(([path, all]) => ({ source: path, breakpoints: all })),
    stoppedThreads: stop ? [THREAD] : [],
    richRendering: true,
    exceptionPaths: [],
    copyToGlobals: true,
  };
}

/** JupyterLab asks at every piece of output: only a stop, which ends by itself, may gather references. */
async function inspectVariables({ variables, stop }: DebugSession, { references }: Json): Promise<Json> {
  if (references === false) return { variables: await variables.outline() };
  return { variables: await (stop ? variables.globals() : variables.refreshed()) };
}

function source({ sources }: DebugSession, args: Json): Json {
  const path = pathOf(args["source"]);
  const content = sources.text(path);
  if (content === undefined) throw new Refusal(`The source of ${path || "(no path)"} is not available.`);
  return { content, mimeType: /\.[cm]?tsx?$/.test(path) ? "text/typescript" : "text/javascript" };
}

/** The files that cells loaded, as far as the inspector has told: while a debugger is attached. */
function modules({ sources }: DebugSession, { startModule = 0, moduleCount = 0 }: Json): Json {
  const files = sources.scripts().filter(({ cell }) => !cell);
  const start = Number(startModule);
  const end = Number(moduleCount) > 0 ? start + Number(moduleCount) : files.length;
  const shown = files.slice(start, end);
  return {
    modules: shown.map(({ id, name, path, mine }) => ({ id, name, path, isUserCode: mine })),
    totalModules: files.length,
  };
}

/** What a cell that ends with the variable would show. */
async function richInspectVariables(session: DebugSession, args: Json): Promise<Json> {
  const { inspector, frames, names, stop } = session;
  const name = textOf(args, "variableName");
  const frame = stop ? (frames.find(args["frameId"]) ?? frames.all[0]) : undefined;
  if (frame) {
    const value = await evaluateInFrame(inspector, frame, name);
    return { data: await inspector.call<Json>("formatNow", [argumentOf(value)]), metadata: {} };
  }
  if (!names.has(name)) return { data: {}, metadata: {} };
  const found = await evaluateIdle(inspector, `(${name})`);
  const value = argumentOf(found);
  const rich = inspector.call<Json>("format", [value], true);
  const plain = new Promise<Json>((resolve, reject) => {
    const late = (): void => void inspector.call<Json>("formatNow", [value]).then(resolve, reject);
    setTimeout(late, PATIENCE).unref();
  });
  try {
    return { data: await Promise.race([rich, plain]), metadata: {} };
  } finally {
    // the view is made: nothing of the value has to live for it
    if (found.objectId !== undefined)
      void inspector.request("Runtime.releaseObject", { objectId: found.objectId });
  }
}

async function copyToGlobals(session: DebugSession, args: Json): Promise<Json> {
  const name = textOf(args, "dstVariableName");
  const frame = frameOf(session, args["srcFrameId"]);
  const value = await evaluateInFrame(session.inspector, frame, textOf(args, "srcVariableName"));
  await session.inspector.call("assign", [{ value: name }, argumentOf(value)]);
  session.names.add(name);
  return { ...(await session.variables.show(value, name)) };
}
