import type { Runtime } from "node:inspector";
import type { InspectorReport } from "../link/index.js";

interface Waiting {
  readonly resolve: (result: object) => void;
  readonly reject: (error: Error) => void;
}

/** The cell process's helper for debuggers (kernel/src/cell/debug-helper.ts), as the inspector finds it. */
export const HELPER = 'globalThis[Symbol.for("gradlab.kernel.debug")]';

/** Requests of the DevTools protocol to the cell process, and what it notifies. */
export class Inspector {
  readonly #send: (id: number, method: string, params: object) => void;
  readonly #waiting = new Map<number, Waiting>();
  #serial = 0;
  #helper: Promise<string> | undefined;
  onNotification: (method: string, params: object) => void = () => {};
  /** The process was replaced: scripts, objects and breakpoints are gone. */
  onGone: () => void = () => {};

  constructor(send: (id: number, method: string, params: object) => void) {
    this.#send = send;
  }

  /** Rejects with what the inspector says, or when the process is replaced meanwhile. */
  request<T = object>(method: string, params: object = {}): Promise<T> {
    this.#serial += 1;
    const id = this.#serial;
    return new Promise<object>((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#send(id, method, params);
    }) as Promise<T>;
  }

  /** Calls a method of the helper; objects go in by their ids, the answer comes out as JSON. */
  async call<T>(name: string, parameters: readonly Runtime.CallArgument[], later = false): Promise<T> {
    const answer = await this.callObject(name, parameters, { returnByValue: true, awaitPromise: later });
    return answer.value as T;
  }

  /** The same, the answer staying in the cell process. */
  async callObject(
    name: string,
    parameters: readonly Runtime.CallArgument[],
    options: object = {},
  ): Promise<Runtime.RemoteObject> {
    this.#helper ??= this.#findHelper();
    const { result, exceptionDetails } = await this.request<Runtime.CallFunctionOnReturnType>(
      "Runtime.callFunctionOn",
      {
        objectId: await this.#helper,
        functionDeclaration: `function (...all) { return this.${name}(...all); }`,
        arguments: parameters,
        silent: true,
        objectGroup: "gradlab",
        ...options,
      },
    );
    if (exceptionDetails) throw new Error(exceptionText(exceptionDetails));
    return result;
  }

  async #findHelper(): Promise<string> {
    const found = await this.request<Runtime.EvaluateReturnType>("Runtime.evaluate", {
      expression: HELPER,
      silent: true,
    });
    return found.result.objectId ?? "";
  }

  receive(report: InspectorReport | "gone"): void {
    if (report === "gone") {
      this.#helper = undefined;
      const error = new Error("The process that runs cells was replaced.");
      for (const { reject } of this.#waiting.values()) reject(error);
      this.#waiting.clear();
      this.onGone();
    } else if (report.kind === "notified") {
      this.onNotification(report.method, report.params);
    } else {
      const waiting = this.#waiting.get(report.id);
      this.#waiting.delete(report.id);
      if (report.error === undefined) waiting?.resolve(report.result ?? {});
      else waiting?.reject(new Error(report.error));
    }
  }
}

/** The first line of what was thrown: `ReferenceError: a is not defined`. */
export function exceptionText({ exception, text }: Runtime.ExceptionDetails): string {
  return (exception?.description ?? String(exception?.value ?? text)).split("\n")[0];
}

/** A value of the cell process as an argument of a call there. */
export function argumentOf(value: Runtime.RemoteObject): Runtime.CallArgument {
  if (value.objectId !== undefined) return { objectId: value.objectId };
  if (value.unserializableValue !== undefined) return { unserializableValue: value.unserializableValue };
  return value.type === "undefined" ? {} : { value: value.value };
}
