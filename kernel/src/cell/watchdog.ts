import { Socket } from "node:net";
import { workerData } from "node:worker_threads";
import { encodeRecord, FD, RecordReader, type WatchOrder, type WatchReport } from "../link/index.js";
import type { InputText } from "./input-text.js";
import { Inspection } from "./inspection.js";
import { Interruption } from "./interruption.js";

/**
 * A thread of the cell process that stays awake while the main thread runs a cell. It stops the main
 * thread through the inspector, hands over what the user types, and ends the process with its kernel.
 */
const { shared, text } = workerData as { shared: SharedArrayBuffer; text: InputText };
/** [0] last interrupt that the main thread answered, [1] input state, [2] length of the input. */
const flags = new Int32Array(shared);
const socket = new Socket({ fd: FD.watch, readable: true, writable: true });
const reader = new RecordReader<WatchOrder>();
const tell = (report: WatchReport): void => void socket.write(encodeRecord(report));
const inspection = new Inspection(tell);
const interruption = new Interruption({ answered: (ticket) => Atomics.load(flags, 0) >= ticket, tell });

socket.on("data", (chunk) => {
  for (const { record } of reader.push(chunk)) {
    if (record.kind === "inspect") inspection.request(record);
    else if (record.kind === "input") answer(record.value);
    else void inspection.aside(() => interruption.request(record.ticket, record.grace));
  }
});
/** The process leads its group: what it started ends with it. */
const leave = (): void => void process.kill(-process.pid, "SIGKILL");
socket.on("end", leave);
socket.on("error", leave);
tell({ kind: "watching" });

function answer(value: string | null): void {
  const bytes = Buffer.from(value ?? "", "utf8").subarray(0, text.maxByteLength);
  if (bytes.length > text.byteLength) text.grow(bytes.length);
  new Uint8Array(text).set(bytes);
  Atomics.store(flags, 2, value === null ? -1 : bytes.length);
  Atomics.store(flags, 1, 1);
  Atomics.notify(flags, 1);
}
