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
  #serial = 0;
  #round = 0;
  #now = new Map<number, Handle>();
  #before = new Map<number, Handle>();

  /** Objects of this group live in the cell process until they are released. */
  get group(): string {
    return groupOf(this.#round);
  }

  add(handle: Handle): number {
    this.#serial += 1;
    this.#now.set(this.#serial, handle);
    return this.#serial;
  }

  find(reference: unknown): Handle | undefined {
    if (typeof reference !== "number") return undefined;
    return this.#now.get(reference) ?? this.#before.get(reference);
  }

  /** Begins a round and forgets the last but one. @returns the group that may be released */
  renew(): string {
    this.#round += 1;
    this.#before = this.#now;
    this.#now = new Map();
    return groupOf(this.#round - 2);
  }

  /** Forgets all. @returns the groups that may be released */
  clear(): string[] {
    this.#now.clear();
    this.#before.clear();
    return [groupOf(this.#round - 1), this.group, RESULTS];
  }
}

/** What expressions gave; it is kept until all is let go. */
export const RESULTS = "gradlab-results";

const groupOf = (round: number): string => `gradlab-variables-${round}`;

export type RemoteObject = Runtime.RemoteObject;
