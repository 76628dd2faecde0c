import { GradlabError, nearestName } from "../errors.js";
import { checkNamed, NAMED_MODEL_OPTIONS, type NamedModelOptions } from "../models/index.js";

/** One line of the service's log. */
export interface LogEntry {
  readonly level: "info" | "warn" | "error";
  readonly message: string;
  /** The id sent back as `x-request-id`. */
  readonly requestId?: string;
  readonly method?: string;
  readonly path?: string;
  readonly status?: number;
  readonly ms?: number;
  /** What went wrong inside; never sent to the client. */
  readonly error?: unknown;
}

export interface ServeOptions extends NamedModelOptions {
  /** Address to listen on. Default "127.0.0.1": this machine only. */
  readonly host?: string;
  /** Default 0: a free port, told by `service.port`. */
  readonly port?: number;
  /** Sequences generated together. Default 4. */
  readonly slots?: number;
  /** Requests that may wait for a slot; more are refused with 429. Default 64. */
  readonly maxQueue?: number;
  /** When given, every route but /healthz asks for `Authorization: Bearer <apiKey>`. */
  readonly apiKey?: string;
  /** New tokens when a request does not say. Default 256, less where the context ends. */
  readonly defaultMaxTokens?: number;
  /** Tokens of prompt and answer together. Default: the model's positions. */
  readonly contextLength?: number;
  /** Milliseconds a request may take, waiting included. Default 300 000. */
  readonly requestTimeoutMs?: number;
  /** Milliseconds `close()` waits for requests that were accepted. Default 10 000. */
  readonly closeGraceMs?: number;
  /** Receives a line for each request and each fault. Default: none. */
  readonly log?: (entry: LogEntry) => void;
}

/** The options with their defaults. */
export type Settings = Required<Omit<ServeOptions, Unset>> & Pick<ServeOptions, Unset>;

/** Options without a default of their own. */
type Unset = "apiKey" | "contextLength" | keyof NamedModelOptions;

const DEFAULTS = {
  host: "127.0.0.1",
  port: 0,
  slots: 4,
  maxQueue: 64,
  defaultMaxTokens: 256,
  requestTimeoutMs: 300_000,
  closeGraceMs: 10_000,
  log: () => undefined,
} satisfies Settings;
const NAMES = [...Object.keys(DEFAULTS), "apiKey", "contextLength", ...NAMED_MODEL_OPTIONS];

/** Longest delay a timer can hold. */
const MAX_DELAY = 2 ** 31 - 1;

/** Least and greatest value of each numeric option. */
const RANGES: Readonly<Record<string, readonly [number, number]>> = {
  port: [0, 65_535],
  slots: [1, 256],
  maxQueue: [0, 100_000],
  defaultMaxTokens: [1, Number.MAX_SAFE_INTEGER],
  contextLength: [1, Number.MAX_SAFE_INTEGER],
  requestTimeoutMs: [1, MAX_DELAY],
  closeGraceMs: [0, MAX_DELAY],
};

/** @throws E_CONFIG naming the option, its value and what is allowed */
export function readOptions(options: ServeOptions): Settings {
  const given = Object.entries(options).filter(([, value]) => value !== undefined);
  for (const [name, value] of given) {
    if (!NAMES.includes(name)) {
      const meant = nearestName(name, NAMES);
      throw new GradlabError("E_CONFIG", `serve has no option "${name}".`, {
        where: name,
        hint: `${meant ? `Did you mean ${meant}? ` : ""}Options: ${NAMES.join(", ")}.`,
      });
    }
    const expected = faultOf(name, value);
    if (expected) {
      throw new GradlabError("E_CONFIG", `${name} must be ${expected}, got ${JSON.stringify(value)}.`, {
        where: name,
        hint: `The default is ${JSON.stringify((DEFAULTS as Readonly<Record<string, unknown>>)[name]) ?? "none"}.`,
      });
    }
  }
  checkNamed(options);
  return { ...DEFAULTS, ...Object.fromEntries(given) };
}

/** What an option must be, when it is not. */
function faultOf(name: string, value: unknown): string | undefined {
  const range = RANGES[name];
  if (range) {
    const inside = Number.isInteger(value) && Number(value) >= range[0] && Number(value) <= range[1];
    return inside ? undefined : `a whole number from ${range[0]} to ${range[1]}`;
  }
  if (name === "log") return typeof value === "function" ? undefined : "a function";
  return typeof value === "string" && value !== "" ? undefined : "a text that is not empty";
}

/** Whether only this machine can reach a host. */
export const isLoopback = (host: string): boolean =>
  host === "localhost" || host === "::1" || /^127(\.\d+){3}$/.test(host);
