import { writeSync } from "node:fs";
import { encodeRecord, FD, type Report } from "../link/index.js";
import { Spool } from "./spool.js";

/** Ends this process; `process.exit` becomes the end of a cell. */
export const leaveProcess = process.exit.bind(process);

const pause = new Int32Array(new SharedArrayBuffer(4));

/** Writes all of it before it returns, even while the kernel process is slow to read. */
export function writeAll(fd: number, bytes: Uint8Array): void {
  let at = 0;
  while (at < bytes.length) {
    try {
      at += writeSync(fd, bytes, at);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code === "EPIPE") leaveProcess(1);
      if (code !== "EAGAIN") return; // the cell closed its own stdout: nothing to keep in order
      Atomics.wait(pause, 0, 0, 1);
    }
  }
}

const spool = new Spool((record) => writeAll(FD.reports, encodeRecord(record)));

export function report(record: Report, buffers: readonly Uint8Array[] = []): void {
  spool.flush();
  writeAll(FD.reports, encodeRecord(record, buffers));
}

/** Reports what was printed. */
export function reportText(run: number, name: "stdout" | "stderr", text: string): void {
  if (!spool.take(run, name, text)) report({ kind: "stream", run, name, text });
}

/** The kernel process has read so much of what was printed: its place may be used again. */
export const recycleSpool = (read: number): void => spool.recycle(read);

/** Reports that come together: the kernel process wakes once for them. */
export function reportAll(records: readonly Report[]): void {
  spool.flush();
  writeAll(FD.reports, Buffer.concat(records.map((record) => encodeRecord(record))));
}

const token = process.env["GRADLAB_CELL_TOKEN"] ?? "";
delete process.env["GRADLAB_CELL_TOKEN"];
let serial = 0;

/** Makes the kernel process read stdout, stderr and reports up to here before it goes on with any. */
export function barrier(): void {
  serial += 1;
  report({ kind: "barrier", serial });
  const mark = Buffer.from(`\0${token}:${serial}\0`, "latin1");
  writeAll(1, mark);
  writeAll(2, mark);
}
