import type { Runtime } from "node:inspector";
import { argumentOf, exceptionText, type Inspector } from "./inspector.js";
import { type Handle, Handles, type RemoteObject } from "./handles.js";
import type { Frame } from "./frames.js";

/** DAP: Variable. */
export interface Variable {
  readonly name: string;
  readonly value: string;
  readonly type: string;
  readonly variablesReference: number;
  readonly evaluateName?: string;
  readonly indexedVariables?: number;
  readonly presentationHint?: {
    readonly kind?: string;
    readonly visibility?: string;
    readonly lazy?: boolean;
  };
}

/** Which part of a list is wanted (DAP: VariablesArguments). */
export interface Paging {
  readonly filter?: string;
  readonly start?: number;
  readonly count?: number;
}

interface Named {
  readonly name: string;
  readonly value: RemoteObject;
  readonly path?: string;
  readonly hint?: Variable["presentationHint"];
}

interface Described {
  readonly value: string;
  readonly type: string;
  readonly indexed?: number;
}

/** A longer list is shown as ranges to a front end that does not ask for parts. */
const WHOLE = 100;
/** What V8 knows of an object beside its properties, as far as users do. */
const INTERNAL =
  /^\[\[(Prototype|Entries|PromiseState|PromiseResult|Target|Handler|BoundThis|TargetFunction)\]\]$/;
/** Names that lowering adds to a cell. */
const LOWERED =
  /^(_(usingCtx|iterator|step|decorate|loop)\w*|__(esDecorate|runInitializers|propKey|setFunctionName|decorate|metadata|param))$/;
const IDENTIFIER = /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u;

export class Variables {
  readonly handles = new Handles();
  readonly #inspector: Inspector;
  readonly #names: ReadonlySet<string>;

  constructor(inspector: Inspector, names: ReadonlySet<string>) {
    this.#inspector = inspector;
    this.#names = names;
  }

  /** DAP: scopes. Locals are the blocks up to the function; Globals are the notebook's own names. */
  scopes(frame: Frame): object[] {
    const scope = (name: string, handle: Handle, hint?: string): object => ({
      name,
      variablesReference: this.handles.add(handle),
      expensive: false,
      ...(hint === undefined ? {} : { presentationHint: hint }),
    });
    const { call } = frame;
    const globals = scope("Globals", { kind: "globals" }, "globals");
    if (call === undefined) return [globals];
    const types = call.scopeChain.map(({ type }) => type);
    const outside = types.findIndex((type) => type === "closure" || type === "script" || type === "global");
    const depth = types.findIndex((type) => type === "local" || type === "module");
    const end = depth >= 0 ? depth + 1 : outside < 0 ? types.length : outside;
    const chain = types.slice(0, end).map((_, i) => i);
    const found = [scope("Locals", { kind: "scope", frame, call, chain, own: true }, "locals")];
    types.forEach((type, i) => {
      if (i < end || type === "global" || type === "script") return;
      const name = type === "module" ? "Module" : `Closure ${call.scopeChain[i]?.name ?? ""}`.trim();
      found.push(scope(name, { kind: "scope", frame, call, chain: [i], own: false }));
    });
    return [...found, globals];
  }

  /** DAP: variables. */
  async list(handle: Handle, paging: Paging = {}): Promise<Variable[]> {
    switch (handle.kind) {
      case "globals":
        return this.globals();
      case "scope":
        return this.#scope(handle);
      case "range":
        return handle.end - handle.start > WHOLE
          ? this.#ranges(handle, handle.start, handle.end)
          : this.#elements(handle, handle.start, handle.end - handle.start);
      case "getter":
        return this.#get(handle);
      case "object":
        return this.#object(handle, paging);
    }
  }

  /** The notebook's names that have values. */
  async globals(): Promise<Variable[]> {
    const names = [...this.#names].filter((name) => !LOWERED.test(name));
    const found = await this.#inspector.callObject("globals", [{ value: names }], {
      objectGroup: this.handles.group,
    });
    const { result } = await this.#properties(found.objectId ?? "");
    return this.#describe(result.flatMap((one) => readProperty(one, "")));
  }

  /** The same without references: they would keep each value that a name has had alive. */
  async outline(): Promise<Variable[]> {
    const names = [...this.#names].filter((name) => !LOWERED.test(name));
    const described = await this.#inspector.call<(Described & { readonly name: string })[]>("outline", [
      { value: names },
    ]);
    return described.map(({ name, value, type }) => ({
      name,
      value,
      type,
      variablesReference: 0,
      evaluateName: name,
    }));
  }

  async #scope({ call, chain, own, frame }: Extract<Handle, { kind: "scope" }>): Promise<Variable[]> {
    const found = new Map<string, Named>();
    for (const i of chain) {
      const { result } = await this.#properties(call.scopeChain[i]?.object.objectId ?? "");
      for (const one of result.flatMap((property) => readProperty(property, ""))) {
        if (!found.has(one.name) && !LOWERED.test(one.name)) found.set(one.name, one);
      }
    }
    const all = [...found.values()];
    if (own && call.this.type !== "undefined") all.push({ name: "this", value: call.this, path: "this" });
    if (own && call.returnValue) all.push({ name: "(return value)", value: call.returnValue });
    const variables = await this.#describe(all);
    // a cell's own frame: its top-level names are the notebook's
    return own && frame.topLevel ? [...variables, ...(await this.globals())] : variables;
  }

  async #object(handle: Extract<Handle, { kind: "object" }>, paging: Paging): Promise<Variable[]> {
    const { objectId, indexed = 0, path } = handle;
    const all: Variable[] = [];
    const { filter, start = 0, count = 0 } = paging;
    if (filter !== "named" && indexed > 0) {
      const asked = filter === "indexed" || start > 0 || count > 0;
      if (asked || indexed <= WHOLE) {
        const end = count > 0 ? Math.min(indexed, start + count) : indexed;
        all.push(...(await this.#elements(handle, start, end - start)));
      } else {
        all.push(...this.#ranges(handle, 0, indexed));
      }
    }
    if (filter === "indexed" || (filter === undefined && start > 0)) return all;
    const properties = await this.#properties(objectId, indexed > 0);
    const named = properties.result.flatMap((one) => this.#property(one, objectId, path));
    const hidden = (properties.privateProperties ?? []).flatMap(({ name, value }) =>
      value ? [{ name, value, hint: { visibility: "private" } }] : [],
    );
    const inner = (properties.internalProperties ?? []).flatMap(({ name, value }) =>
      value && INTERNAL.test(name) ? [{ name, value, hint: { visibility: "internal" } }] : [],
    );
    return [...all, ...(await this.#describe([...named, ...hidden, ...inner]))];
  }

  async #elements(
    list: { objectId: string; path?: string },
    start: number,
    count: number,
  ): Promise<Variable[]> {
    const numbers = [{ value: start }, { value: Math.max(0, count) }];
    const part = await this.#inspector.callObject("slice", [{ objectId: list.objectId }, ...numbers], {
      objectGroup: this.handles.group,
    });
    const { result } = await this.#properties(part.objectId ?? "");
    return this.#describe(result.flatMap((one) => this.#property(one, list.objectId, list.path)));
  }

  /** At most a hundred ranges, each of a power of ten. */
  #ranges(list: { objectId: string; path?: string }, from: number, to: number): Variable[] {
    const step = 10 ** Math.max(2, Math.ceil(Math.log10((to - from) / WHOLE)));
    const ranges: Variable[] = [];
    for (let start = from; start < to; start += step) {
      const end = Math.min(to, start + step);
      const handle = { ...list, kind: "range" as const, start, end };
      const variablesReference = this.handles.add(handle);
      ranges.push({ name: `[${start} … ${end - 1}]`, value: "", type: "", variablesReference });
    }
    return ranges;
  }

  async #get({ objectId, name, path }: Extract<Handle, { kind: "getter" }>): Promise<Variable[]> {
    const answer = await this.#inspector.request<Runtime.CallFunctionOnReturnType>("Runtime.callFunctionOn", {
      objectId,
      functionDeclaration: "function (name) { return this[name]; }",
      arguments: [{ value: name }],
      silent: true,
      objectGroup: this.handles.group,
    });
    if (answer.exceptionDetails) throw new Error(exceptionText(answer.exceptionDetails));
    return this.#describe([{ name, value: answer.result, ...(path === undefined ? {} : { path }) }]);
  }

  /** A property as a variable; a getter is not run, but may be opened. */
  #property(one: Runtime.PropertyDescriptor, objectId: string, path?: string): Named[] {
    if (one.value !== undefined || one.get?.type !== "function") return readProperty(one, path);
    const name = one.name;
    const at = path === undefined ? undefined : childPath(path, name);
    const reference = this.handles.add({ kind: "getter", objectId, name, ...(at ? { path: at } : {}) });
    return [{ name, value: { type: "accessor", description: String(reference) }, hint: { lazy: true } }];
  }

  #properties(objectId: string, nonIndexedPropertiesOnly = false): Promise<PropertiesAnswer> {
    const more = { ownProperties: true, nonIndexedPropertiesOnly };
    return this.#inspector.request("Runtime.getProperties", { objectId, ...more });
  }

  /** One call describes all of a list. */
  async #describe(all: readonly Named[]): Promise<Variable[]> {
    const values = all.map(({ value }) => (value.type === "accessor" ? {} : argumentOf(value)));
    const described = all.length > 0 ? await this.#inspector.call<Described[]>("describe", values) : [];
    return all.map(({ name, value, path, hint }, i) => {
      const more = {
        ...(path === undefined ? {} : { evaluateName: path }),
        ...(hint && { presentationHint: hint }),
      };
      if (value.type === "accessor") {
        const variablesReference = Number(value.description);
        return { name, value: "(…)", type: "getter", variablesReference, ...more };
      }
      return { name, ...this.#shown(value, described[i], path), ...more };
    });
  }

  #shown(value: RemoteObject, described: Described, path?: string): Omit<Variable, "name"> {
    const { indexed } = described;
    const isEntry = value.subtype === "internal#entry";
    const text = isEntry ? (value.description ?? described.value) : described.value;
    if (value.objectId === undefined) return { value: text, type: described.type, variablesReference: 0 };
    const at = path === undefined ? {} : { path };
    const count = indexed === undefined ? {} : { indexed };
    const reference = this.handles.add({ kind: "object", objectId: value.objectId, ...count, ...at });
    return {
      value: text,
      type: described.type,
      variablesReference: reference,
      ...(indexed === undefined ? {} : { indexedVariables: indexed }),
    };
  }

  /** A value that stands alone: the result of an expression. */
  async show(value: RemoteObject, path?: string): Promise<Omit<Variable, "name">> {
    const [described] = await this.#inspector.call<Described[]>("describe", [argumentOf(value)]);
    return this.#shown(value, described, path);
  }

  /** The notebook's names for a list that replaces the one before: what that one's own forerunner referred to is let go. */
  async refreshed(): Promise<Variable[]> {
    await this.#release(this.handles.renew());
    return this.globals();
  }

  /** Forgets all references and lets their objects go. */
  async release(): Promise<void> {
    await Promise.all(this.handles.clear().map((group) => this.#release(group)));
  }

  async #release(objectGroup: string): Promise<void> {
    await this.#inspector.request("Runtime.releaseObjectGroup", { objectGroup }).catch(() => {});
  }
}

type PropertiesAnswer = Runtime.GetPropertiesReturnType & {
  readonly privateProperties?: readonly { readonly name: string; readonly value?: RemoteObject }[];
};

function readProperty({ name, value, symbol }: Runtime.PropertyDescriptor, path?: string): Named[] {
  if (value === undefined) return [];
  const at = path === undefined || symbol ? undefined : childPath(path, name);
  return [{ name, value, ...(at === undefined ? {} : { path: at }) }];
}

/** The expression that leads to a child: `a.b`, `a[0]`, `a["b c"]`. */
function childPath(path: string, name: string): string {
  if (path === "") return name;
  if (IDENTIFIER.test(name)) return `${path}.${name}`;
  return /^\d+$/.test(name) ? `${path}[${name}]` : `${path}[${JSON.stringify(name)}]`;
}
