import { writeCommand } from "./frame-writer.js";

/** The kinds of sockets that a kernel has, and those that its clients have. */
export type SocketType = "ROUTER" | "XPUB" | "DEALER" | "SUB";

/** Who may connect to whom. */
const PARTNERS: Readonly<Record<SocketType, readonly string[]>> = {
  ROUTER: ["DEALER", "REQ", "ROUTER"],
  XPUB: ["SUB", "XSUB"],
  // never another DEALER: on one machine a connection to a free port can be one to itself
  DEALER: ["ROUTER", "REP"],
  SUB: ["PUB", "XPUB"],
};

export const GREETING_LENGTH = 64;
const MECHANISM = Buffer.alloc(20);
MECHANISM.write("NULL", "latin1");

/** What both sides say first: signature, version 3.1, no encryption (Jupyter signs its messages instead). */
export const GREETING = Buffer.concat([
  Buffer.from([0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 3, 1]),
  MECHANISM,
  Buffer.alloc(32),
]);

/** Throws where the other side speaks another protocol, one from before 2013, or one that encrypts. */
export function checkGreeting(greeting: Buffer): void {
  if (greeting[0] !== 0xff || greeting[9] !== 0x7f) throw new Error("This is not ZMTP.");
  if (greeting[10] < 3) throw new Error("This is ZMTP from before version 3.");
  if (!greeting.subarray(12, 32).equals(MECHANISM)) throw new Error("This is another mechanism than NULL.");
}

/** The READY command by which a socket says what it is, and under which name it wants to be answered. */
export function readyCommand(type: SocketType, identity: string): Buffer {
  return writeCommand(
    "READY",
    Buffer.concat([property("Socket-Type", type), property("Identity", identity)]),
  );
}

function property(name: string, value: string): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32BE(value.length);
  return Buffer.concat([
    Buffer.from([name.length]),
    Buffer.from(name + length.toString("latin1") + value, "latin1"),
  ]);
}

/** The identity in a READY command, a copy; empty where it gives none. Throws where the two cannot talk. */
export function readReady(data: Buffer, type: SocketType): Buffer {
  const properties = readProperties(data);
  const partner = properties.get("socket-type")?.toString("latin1") ?? "";
  if (!PARTNERS[type].includes(partner))
    throw new Error(`A ${partner} socket cannot talk to a ${type} socket.`);
  return Buffer.from(properties.get("identity") ?? []);
}

function readProperties(data: Buffer): Map<string, Buffer> {
  const found = new Map<string, Buffer>();
  for (let at = 0; at < data.length;) {
    const name = data.toString("latin1", at + 1, at + 1 + data[at]).toLowerCase();
    at += 1 + data[at];
    const end = at + 4 + data.readUInt32BE(at);
    found.set(name, data.subarray(at + 4, end));
    at = end;
  }
  return found;
}

/** A command → its name and what it carries. */
export function readCommand(body: Buffer): { readonly name: string; readonly data: Buffer } {
  const end = 1 + (body[0] ?? 0);
  return { name: body.toString("latin1", 1, end), data: body.subarray(end) };
}
