import { randomBytes } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { isLoopback } from "./auth/index.js";
import { ServerError } from "./errors.js";

export interface LabServerOptions {
  /** The folder that is shown; by default the current one. */
  readonly root?: string;
  /** Built front end (lab/app/dist); without one there are no pages, only the protocol. */
  readonly frontEnd?: string;
  /** Address to listen on; by default 127.0.0.1. */
  readonly ip?: string;
  /** By default 8888, or the next free one; 0 for any free one. */
  readonly port?: number;
  /** How many ports after `port` are tried when it is taken; by default none. */
  readonly portRetries?: number;
  /** Empty for none; by default a random one. */
  readonly token?: string;
  /** As `hashPassword` makes it; by default none. */
  readonly passwordHash?: string;
  /** Path below which the server is found, such as `/user/ada/`; by default `/`. */
  readonly baseUrl?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
  /** Other names than localhost by which a server on loopback is reached. */
  readonly allowedHosts?: readonly string[];
  /** Origins of pages from elsewhere that may use the server. */
  readonly allowedOrigins?: readonly string[];
  /** Whether files whose name begins with a dot are shown; by default not. */
  readonly allowHidden?: boolean;
  /** Whether folders may be deleted with what is in them; by default not. */
  readonly deleteNonEmpty?: boolean;
  /** Seconds after which idle kernels without a page are ended; by default never. */
  readonly cullIdle?: number;
  readonly cullConnected?: boolean;
  /** ms between two signs of life of a page's connection; one that missed one is dead. By default 30,000. */
  readonly pingEvery?: number;
  /** The user's secrets and signatures; by default below XDG_DATA_HOME. */
  readonly dataFolder?: string;
  /** The user's settings and workspaces; by default below XDG_CONFIG_HOME. */
  readonly configFolder?: string;
  /** The course, as a path of the contents. */
  readonly tutorialsPath?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** What kernels print and what goes wrong; by default stderr. */
  readonly log?: (text: string) => void;
  /** Called when a client asks the server to end, after it was answered. */
  readonly onShutdownRequest?: () => void;
}

/** The options with their defaults, checked. */
export interface Settled {
  readonly root: string;
  readonly frontEnd: string;
  readonly ip: string;
  readonly port: number;
  readonly portRetries: number;
  readonly token: string;
  readonly passwordHash: string;
  readonly baseUrl: string;
  readonly tls: { readonly cert: Buffer; readonly key: Buffer } | undefined;
  readonly allowedHosts: readonly string[];
  readonly allowedOrigins: readonly string[];
  readonly allowHidden: boolean;
  readonly deleteNonEmpty: boolean;
  readonly cullIdle: number;
  readonly cullConnected: boolean;
  readonly pingEvery: number;
  readonly dataFolder: string;
  readonly configFolder: string;
  readonly tutorialsPath: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: (text: string) => void;
  readonly onShutdownRequest: () => void;
}

/** Throws E_OPEN_SERVER for a server that anyone on the network could use, E_LISTEN for files that are not there. */
export function settle(options: LabServerOptions): Settled {
  const env = options.env ?? process.env;
  const ip = options.ip ?? "127.0.0.1";
  const passwordHash = options.passwordHash ?? "";
  const token = options.token ?? (passwordHash === "" ? randomBytes(24).toString("hex") : "");
  if (!isLoopback(ip) && token === "" && passwordHash === "") {
    throw new ServerError(
      "E_OPEN_SERVER",
      `Without a token or password the server listens on loopback only, not on ${ip}.`,
    );
  }
  return {
    root: checkFolder(resolve(options.root ?? ".")),
    frontEnd: resolve(options.frontEnd ?? "no-front-end"),
    ip,
    port: options.port ?? 8888,
    portRetries: options.portRetries ?? (options.port === undefined ? 50 : 0),
    token,
    passwordHash,
    baseUrl: checkBaseUrl(options.baseUrl ?? "/"),
    tls: readTls(options),
    allowedHosts: (options.allowedHosts ?? []).map((host) => host.toLowerCase()),
    allowedOrigins: options.allowedOrigins ?? [],
    allowHidden: options.allowHidden ?? false,
    deleteNonEmpty: options.deleteNonEmpty ?? false,
    cullIdle: options.cullIdle ?? 0,
    cullConnected: options.cullConnected ?? false,
    pingEvery: options.pingEvery ?? 30_000,
    dataFolder: options.dataFolder ?? userFolder(env, "XDG_DATA_HOME", ".local/share"),
    configFolder: options.configFolder ?? join(userFolder(env, "XDG_CONFIG_HOME", ".config"), "lab"),
    tutorialsPath: options.tutorialsPath ?? "",
    env,
    log: options.log ?? ((text) => void process.stderr.write(text)),
    onShutdownRequest: options.onShutdownRequest ?? (() => {}),
  };
}

function userFolder(env: Settled["env"], variable: string, fallback: string): string {
  return join(env[variable] || join(env["HOME"] ?? homedir(), fallback), "gradlab");
}

function checkFolder(folder: string): string {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory() === true) return folder;
  throw new ServerError("E_LISTEN", "There is no such folder to show.", {
    where: folder,
    hint: "Name a folder.",
  });
}

/** With a slash at both ends. */
function checkBaseUrl(baseUrl: string): string {
  const parts = baseUrl.split("/").filter((part) => part !== "");
  if (parts.every((part) => /^[\w.~@-]+$/.test(part) && !/^\.+$/.test(part))) {
    return parts.length === 0 ? "/" : `/${parts.join("/")}/`;
  }
  throw new ServerError("E_LISTEN", `"${baseUrl}" cannot be a base URL.`, {
    hint: "Use a path such as /lab/ada/.",
  });
}

function readTls({ certFile, keyFile }: LabServerOptions): Settled["tls"] {
  if (certFile === undefined && keyFile === undefined) return undefined;
  if (certFile === undefined || keyFile === undefined) {
    throw new ServerError("E_LISTEN", "TLS needs both a certificate and its key.", {
      hint: "Give --certfile and --keyfile.",
    });
  }
  const read = (path: string): Buffer => {
    try {
      return readFileSync(path);
    } catch (cause) {
      throw new ServerError("E_LISTEN", `The file cannot be read: ${(cause as Error).message}.`, {
        where: path,
        hint: "Check the path and its permissions.",
        cause,
      });
    }
  };
  return { cert: read(certFile), key: read(keyFile) };
}
