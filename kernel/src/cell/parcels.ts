import { fstatSync, ftruncateSync, writeSync } from "node:fs";
import { collectLater } from "../memory/index.js";
import { FD, type Parcel } from "../link/index.js";

/** Bytes that the file never exceeds. */
const MOST = 32 << 20;

/**
 * Writes what is large to a file that the kernel process reads: see session/parcels.ts. An interrupt may end it anywhere; so
 * where a parcel begins is asked of the file, and the last one that is read lets go of all before it.
 */
class Parcels {
  #usable = isThere();
  /** Where the last one ends. */
  #end = 0;

  /** Writes pieces one after another, none of which is kept; undefined where that cannot be: they go through the pipe. */
  write(pieces: Iterable<Uint8Array>): Parcel | undefined {
    if (!this.#usable) return undefined;
    try {
      const at = fstatSync(FD.parcels).size;
      let length = 0;
      for (const piece of pieces) {
        writeWhole(piece, at + length);
        length += piece.length;
      }
      this.#end = at + length;
      return { at, length };
    } catch {
      this.#cut(this.#end); // it is full, or the user's code has closed it
      return undefined;
    }
  }

  /** The kernel process has read one: after the last, their memory goes back to the system. */
  taken({ at, length }: Parcel): void {
    collectLater(length);
    if (at + length === this.#end) this.#cut(0);
  }

  #cut(size: number): void {
    try {
      ftruncateSync(FD.parcels, size);
      this.#end = size;
    } catch {
      this.#usable = false;
    }
  }
}

function writeWhole(piece: Uint8Array, at: number): void {
  if (at + piece.length > MOST) throw new RangeError("The file would be too large.");
  for (let done = 0; done < piece.length;) done += writeSync(FD.parcels, piece, done);
}

function isThere(): boolean {
  try {
    return fstatSync(FD.parcels).isFile();
  } catch {
    return false;
  }
}

export const parcels = new Parcels();
