import { StringDecoder } from "node:string_decoder";

/** Splits what a pipe brings into text and the barriers that the cell process put into it. */
export class RawOutput {
  readonly #decoder = new StringDecoder("utf8");
  readonly #mark: Buffer;
  #rest: Buffer = Buffer.alloc(0);

  constructor(token: string) {
    this.#mark = Buffer.from(`\0${token}:`, "latin1");
  }

  push(chunk: Buffer, text: (text: string) => void, barrier: (serial: number) => void): void {
    let data = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk;
    for (;;) {
      const at = data.indexOf(this.#mark);
      const end = at < 0 ? -1 : data.indexOf(0, at + this.#mark.length);
      if (end < 0) break;
      this.#emit(data.subarray(0, at), text);
      // a character that was cut short here is not continued after the barrier
      const cut = this.#decoder.end();
      if (cut !== "") text(cut);
      barrier(Number(data.toString("latin1", at + this.#mark.length, end)));
      data = data.subarray(end + 1);
    }
    const keep = this.#partial(data);
    this.#emit(data.subarray(0, data.length - keep), text);
    this.#rest = Buffer.from(data.subarray(data.length - keep));
  }

  /** What waits for more (a cut character, the possible beginning of a barrier), when all that was written is here. */
  flush(text: (text: string) => void): void {
    this.#emit(this.#rest, text);
    this.#rest = Buffer.alloc(0);
    const cut = this.#decoder.end();
    if (cut !== "") text(cut);
  }

  #emit(bytes: Buffer, text: (text: string) => void): void {
    const decoded = bytes.length > 0 ? this.#decoder.write(bytes) : "";
    if (decoded !== "") text(decoded);
  }

  /** How many bytes at the end may be the beginning of a barrier. */
  #partial(data: Buffer): number {
    const whole = data.lastIndexOf(this.#mark);
    if (whole >= 0) return data.length - whole;
    for (let size = Math.min(this.#mark.length - 1, data.length); size > 0; size -= 1) {
      if (data.subarray(data.length - size).equals(this.#mark.subarray(0, size))) return size;
    }
    return 0;
  }
}
