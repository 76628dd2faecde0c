import { getHashes } from "node:crypto";
import { readFileSync, writeFileSync, renameSync } from "node:fs";
import { KernelError } from "../errors.js";
import type { Channel } from "./message.js";

/** The connection file of Jupyter: where the five sockets are and how messages are signed. */
export interface ConnectionInfo {
  readonly transport: "tcp" | "ipc";
  readonly ip: string;
  readonly key: string;
  readonly signature_scheme: string;
  readonly shell_port: number;
  readonly iopub_port: number;
  readonly stdin_port: number;
  readonly control_port: number;
  readonly hb_port: number;
  readonly kernel_name?: string;
}

const PORTS = ["shell_port", "iopub_port", "stdin_port", "control_port", "hb_port"] as const;

/** Reads and checks a connection file; throws E_CONNECTION_FILE naming the field that is wrong. */
export function readConnectionFile(path: string): ConnectionInfo {
  const refuse = (sentence: string, cause?: unknown): never => {
    throw new KernelError("E_CONNECTION_FILE", sentence, { where: path, cause });
  };
  let parsed: unknown;
  try {
    parsed = JSON.parse(readFileSync(path, "utf8"));
  } catch (cause) {
    return refuse(`The connection file cannot be read: ${(cause as Error).message}.`, cause);
  }
  if (typeof parsed !== "object" || parsed === null)
    return refuse("The connection file holds no JSON object.");
  const info = parsed as Record<string, unknown>;
  const transport = info["transport"] ?? "tcp";
  if (transport !== "tcp" && transport !== "ipc")
    return refuse(`Unknown transport ${JSON.stringify(transport)}.`);
  for (const port of PORTS) {
    if (!Number.isInteger(info[port])) return refuse(`The field ${port} is not a whole number.`);
  }
  const scheme = info["signature_scheme"] ?? "hmac-sha256";
  if (typeof scheme !== "string" || !/^hmac-./.test(scheme) || !getHashes().includes(scheme.slice(5))) {
    return refuse(`Unknown signature scheme ${JSON.stringify(scheme)}.`);
  }
  const text = (name: string, fallback: string): string => {
    const value = info[name] ?? fallback;
    return typeof value === "string" ? value : refuse(`The field ${name} is not a text.`);
  };
  return {
    ...(info as unknown as ConnectionInfo),
    transport,
    signature_scheme: scheme,
    ip: text("ip", "127.0.0.1"),
    key: text("key", ""),
  };
}

/** Writes a connection file that only its owner can read. */
export function writeConnectionFile(path: string, info: ConnectionInfo): void {
  const temporary = `${path}.${process.pid}.tmp`;
  writeFileSync(temporary, JSON.stringify(info, null, 2), { mode: 0o600 });
  renameSync(temporary, path);
}

/** The ZeroMQ address of one channel: `tcp://127.0.0.1:5555` or `ipc:///tmp/kernel-1`. */
export function endpoint(info: ConnectionInfo, channel: Channel | "hb"): string {
  const port = info[`${channel}_port`];
  return info.transport === "ipc" ? `ipc://${info.ip}-${port}` : `tcp://${info.ip}:${port}`;
}
