import { closeSync, fstatSync, readSync } from "node:fs";
import { StringDecoder } from "node:string_decoder";
import { openNameless } from "./nameless-file.js";

/**
 * The file into which the cell process writes lines that come in quick succession. A line in a pipe wakes this process;
 * in a file it costs a third and is as safe from whatever happens to its writer. What is there is announced by a report.
 */
export class Spool {
  /** Undefined where no file can be made: all lines go through the pipe. */
  readonly fd: number | undefined = openNameless();
  readonly #decoder = new StringDecoder("utf8");
  #position = 0;

  /** How much was read of it. */
  get position(): number {
    return this.#position;
  }

  /** How much was written to it. */
  get size(): number {
    return this.fd === undefined ? 0 : fstatSync(this.fd).size;
  }

  /** What was written and not read yet, up to there. */
  readTo(end: number): string {
    if (this.fd === undefined || end <= this.#position) return "";
    const bytes = Buffer.allocUnsafe(end - this.#position);
    const length = readSync(this.fd, bytes, 0, bytes.length, this.#position);
    this.#position += length;
    return this.#decoder.write(bytes.subarray(0, length));
  }

  /** The writer has emptied it. */
  restart(): void {
    this.#position = 0;
  }

  close(): void {
    if (this.fd !== undefined) closeSync(this.fd);
  }
}
