import type { LanguageService } from "../checker/index.js";
import type { DebugAdapter } from "../debugger/index.js";
import type { Payload } from "../link/index.js";
import type { CellProcess } from "../session/index.js";
import type { Channel, ConnectionInfo, Header, JsonObject, Message } from "../wire/index.js";
import type { EditorComms } from "./editor-comms.js";
import type { HeldReports } from "./held-reports.js";
import type { Publisher } from "./publisher.js";
import type { Shell, Shells } from "./shell.js";

/** What is done with type errors: shown and run, shown and not run, or not looked for. */
export type TypeCheckMode = "warn" | "block" | "off";

/** The language that notebooks say they are written in. */
export type NotebookLanguage = "typescript" | "javascript";

/** A request and the channel that it came by. */
export interface Request {
  readonly channel: Exclude<Channel, "iopub">;
  readonly message: Message;
  /** Whose turn it is to answer. */
  readonly shell: Shell;
}

/**
 * What is kept of a request whose cell runs or ran: where its output belongs, and the cell's number. Not its
 * content: of hundreds of cells that would be much.
 */
export interface CellRequest {
  readonly header: Header;
  readonly identities: readonly Buffer[];
  readonly shell: Shell;
  readonly count: number;
}

export function cellRequest({ message, shell }: Request, count = shell.executionCount): CellRequest {
  return { header: message.header, identities: message.identities, shell, count };
}

/** A cell that runs. */
export interface Running {
  readonly request: Request;
  interrupted: boolean;
  /** It had a result. */
  produced?: boolean;
  /** What its reply will ask of the front end. */
  readonly payload: Payload[];
}

/** What the handlers of requests share. */
export interface Context {
  readonly session: string;
  readonly connection: ConnectionInfo;
  readonly publisher: Publisher;
  readonly cells: CellProcess;
  readonly debugger: DebugAdapter;
  readonly language: LanguageService;
  typeCheck: TypeCheckMode;
  /** `%autoreload on`. */
  autoreload: boolean;
  /** Editor help: the comms of front ends that asked for it. */
  readonly editors: EditorComms;
  readonly notebookLanguage: NotebookLanguage;
  /** Requests by run number, so that output finds its cell. */
  readonly requests: Map<number, CellRequest>;
  /** What cells show whose type errors are still to be told. */
  readonly held: HeldReports;
  readonly comms: Map<string, string>;
  readonly send: (channel: Channel, message: Message) => void;
  /** Has front ends hear at once what was sent so far. */
  readonly flush: () => void;
  /** The number of the latest run of a cell or of a comm message's handlers. */
  runs: number;
  readonly shells: Shells;
  /** Answers everything that waits in a shell as aborted. */
  readonly abort: (shell: Shell) => void;
  /** Ends the kernel once the reply is out. */
  readonly stop: (restart: boolean) => void;
}

/** A handler's reply; undefined where the protocol knows none (comm messages). */
export type Handler = (
  context: Context,
  request: Request,
) => Promise<JsonObject | undefined> | JsonObject | undefined;
