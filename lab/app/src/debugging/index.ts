// kernel's variables → JupyterLab's debugger, so that it shows their values.
import type { JupyterFrontEndPlugin } from "@jupyterlab/application";
import { IDebugger } from "@jupyterlab/debugger";

const SHOWN = new Set(["variables", "inspectVariables"]);

type Requests = IDebugger.ISession.Request;
type Session = Pick<IDebugger.ISession, "sendRequest">;

/**
 * JupyterLab's tree of variables prints the value of what has one of Python's basic types, and the name of the type of all
 * else: `width: number`. Without a type it prints the value, which says what it is in TypeScript: `1`, `'a'`, `Point { x: 1 }`.
 */
export const debugging: JupyterFrontEndPlugin<void> = {
  id: "gradlab-app:debugging",
  description: "Shows values, not types, in the debugger's tree of variables.",
  autoStart: true,
  optional: [IDebugger],
  activate: (_app, debug: IDebugger | null) => {
    if (debug === null) return;
    const adapt = (session: IDebugger.ISession | null): void => {
      if (session !== null) adaptSession(session, () => debug.isStarted);
    };
    debug.sessionChanged.connect((_debug, session) => adapt(session));
    adapt(debug.session);
  },
};

/** What a kernel without a debugger has to say about its modules; JupyterLab asks for them after every cell all the same. */
const NO_MODULES = { success: true, body: { modules: [], totalModules: 0 } };

const wrapped = new WeakSet<Session>();

function adaptSession(session: Session, isStarted: () => boolean): void {
  if (wrapped.has(session)) return;
  wrapped.add(session);
  const send = session.sendRequest.bind(session);
  session.sendRequest = async <K extends keyof Requests>(
    command: K,
    args: Requests[K],
  ): Promise<IDebugger.ISession.Response[K]> => {
    if (command === "modules" && !isStarted()) return NO_MODULES as unknown as IDebugger.ISession.Response[K];
    const reply = await send(command, args);
    if (!SHOWN.has(command)) return reply;
    const body = reply.body as
      { readonly variables?: readonly { type?: string; value: string }[] } | undefined;
    for (const variable of body?.variables ?? []) if (variable.value !== "") delete variable.type;
    return reply;
  };
}
