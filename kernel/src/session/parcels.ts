import { closeSync, readSync } from "node:fs";
import type { Parcel } from "../link/index.js";
import { openNameless } from "./nameless-file.js";

/**
 * Bytes from which on the C library gives memory back to the system as soon as it is freed. What is smaller it keeps from
 * some time on; pages that nobody writes to cost nothing.
 */
const RETURNED = 33 << 20;

/**
 * The file by which the cell process hands over what is large: written and read once each, where a pipe takes a wake of
 * both sides for every 200 kB.
 */
export class Parcels {
  /** Undefined where no file can be made: everything goes through the pipe. */
  readonly fd: number | undefined = openNameless();

  /** What lies there. */
  read({ at, length }: Parcel): Buffer {
    const whole = Buffer.allocUnsafeSlow(Math.max(length, RETURNED)).subarray(0, length);
    let size = 0;
    while (this.fd !== undefined && size < length) {
      const more = readSync(this.fd, whole, size, length - size, at + size);
      if (more === 0) break;
      size += more;
    }
    return whole.subarray(0, size);
  }

  close(): void {
    if (this.fd !== undefined) closeSync(this.fd);
  }
}
