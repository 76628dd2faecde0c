import type { Debugger, Runtime } from "node:inspector";
import type { Frame } from "./frames.js";

/** What a variablesReference stands for. */
export type Handle =
  | { readonly kind: "object"; readonly objectId: string; readonly indexed?: number; readonly path?: string }
  /** A part of a long list. */
  | {
      readonly kind: "range";
      readonly objectId: string;
      readonly start: number;
      readonly end: number;
      readonly path?: string;
    }
  /** A getter that runs when it is opened. */
  | { readonly kind: "getter"; readonly objectId: string; readonly name: string; readonly path?: string }
  | {
      readonly kind: "scope";
      readonly frame: Frame;
      readonly call: Debugger.CallFrame;
      /** Positions in the call's chain, innermost first. */
      readonly chain: readonly number[];
      /** Its `this` and what it is about to return are shown with them. */
      readonly own: boolean;
    }
  | { readonly kind: "globals" };

/** References are good until the next stop or start: their objects are released then. */
export class Handles {
  readonly #handles = new Map<number, Handle>();
  #serial = 0;

  add(handle: Handle): number {
    this.#serial += 1;
    this.#handles.set(this.#serial, handle);
    return this.#serial;
  }

  find(reference: unknown): Handle | undefined {
    return typeof reference === "number" ? this.#handles.get(reference) : undefined;
  }

  clear(): void {
    this.#handles.clear();
  }
}

/** Objects of this group live in the cell process until they are released. */
export const GROUP = "gradlab-variables";

export type RemoteObject = Runtime.RemoteObject;
