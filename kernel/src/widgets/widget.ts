import { joinBuffers, splitBuffers } from "./buffers.js";
import { DISPLAY, host, type HostComm, type HostMessage, type Json } from "./host.js";
import { checkState } from "./check.js";
import { type AnyWidget, attachTree, describe, toPython, unpack, pack } from "./serialize.js";

/** Version of the widget messaging protocol that is spoken. */
export const PROTOCOL = "2.1.0";
export const TARGET = "jupyter.widget";

/** What a kind of widget is: its model in the front end and its state with defaults, in camelCase. */
export interface Kind<T extends object> {
  /** "IntSlider"; the front end's model is IntSliderModel. */
  readonly name: string;
  readonly module?: string;
  readonly version?: string;
  /** Name and module of the view; null for what cannot be seen. By default NAMEView. */
  readonly view?: string | null;
  readonly viewModule?: string;
  readonly defaults: T;
  /** Keys that hold whole numbers. */
  readonly whole?: readonly (keyof T & string)[];
  /** Keys that may be null beside their default's type. */
  readonly nullable?: readonly (keyof T & string)[];
  /** Keys whose changes by one front end are not told to the others. */
  readonly quiet?: readonly (keyof T & string)[];
}

export interface Change<T extends object = object> {
  readonly name: keyof T & string;
  readonly old: unknown;
  readonly new: unknown;
  readonly owner: Widget<T>;
}

export type ChangeHandler<T extends object> = (change: Change<T>) => unknown;

/** Every open widget by model id. */
export const instances = new Map<string, AnyWidget>();

/**
 * The kernel's side of a widget: its state, kept the same as that of the models in the front ends.
 * End a cell with a widget, or `display` it, to show it.
 */
export class Widget<T extends object = object> {
  readonly #kind: Kind<T>;
  readonly #comm: HostComm;
  readonly #handlers = new Set<{ readonly handler: ChangeHandler<T>; readonly names?: readonly string[] }>();
  #state: T;
  /** Called with each custom message of the front end. */
  protected onCustom: (content: Json, buffers: readonly Uint8Array[]) => unknown = () => {};

  /** Opens the model in the front end. @throws E_USAGE for a wrong value, and outside a notebook */
  protected constructor(kind: Kind<T>, values: Partial<T>) {
    this.#kind = kind;
    this.#state = checkState(kind, kind.defaults, values, false);
    const { state, paths, buffers } = splitBuffers(this.wireState());
    this.#comm = new (host().Comm)(
      TARGET,
      { state, buffer_paths: paths },
      { metadata: { version: PROTOCOL }, buffers },
    );
    this.#comm.onMessage = (message) => this.#receive(message);
    this.#comm.onClose = () => void instances.delete(this.modelId);
    instances.set(this.modelId, this);
  }

  /** The id by which front ends know the model. */
  get modelId(): string {
    return this.#comm.id;
  }

  get(name: keyof T & string): unknown {
    return this.#state[name];
  }

  /** Changes several keys in one message. @throws E_USAGE for a wrong value; then nothing changes */
  set(values: Partial<T>): void {
    const changes = this.#apply(checkState(this.#kind, this.#state, values, false));
    if (changes.length === 0) return;
    this.#send("update", Object.fromEntries(changes.map(({ name }) => [name, this.#state[name]])));
    void this.#notify(changes);
  }

  /**
   * Calls `handler` after each change of `names` (of any key by default), whoever made it. Returns what ends it.
   *
   * @example const stop = slider.observe(({ old, new: now }) => console.log(old, "→", now), "value");
   */
  observe(handler: ChangeHandler<T>, names?: (keyof T & string) | readonly (keyof T & string)[]): () => void {
    const entry = { handler, ...(names === undefined ? {} : { names: [names].flat() as string[] }) };
    this.#handlers.add(entry);
    return () => void this.#handlers.delete(entry);
  }

  /** Calls `handler` with each new value. Returns what ends it. */
  onChange(handler: (value: T extends { value: infer V } ? V : unknown) => unknown): () => void {
    return this.observe((change) => handler(change.new as never), "value" as keyof T & string);
  }

  /** Sends a message of the widget's own to its model. */
  send(content: Json, buffers?: readonly Uint8Array[]): void {
    this.#comm.send({ method: "custom", content }, {}, buffers);
  }

  /** Removes the widget from all front ends. */
  close(): void {
    instances.delete(this.modelId);
    this.#comm.close();
  }

  /** The whole state as front ends get it. */
  wireState(): Json {
    const {
      name,
      module = CONTROLS,
      version = "2.0.0",
      view = `${name}View`,
      viewModule = module,
    } = this.#kind;
    return {
      _model_module: module,
      _model_module_version: version,
      _model_name: `${name}Model`,
      _view_module: viewModule,
      _view_module_version: version,
      _view_name: view,
      ...this.#pack(this.#state),
    };
  }

  /** Output of the widget's handlers appears in the cell that shows it. */
  attach(): void {
    this.#comm.attach();
    attachTree(Object.values(this.#state));
  }

  toString(): string {
    return describe(this.#kind, this.#state);
  }

  [DISPLAY](): Json {
    this.attach();
    const view = { version_major: 2, version_minor: 0, model_id: this.modelId };
    return { "text/plain": this.toString(), "application/vnd.jupyter.widget-view+json": view };
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }

  #pack(values: object): Json {
    return Object.fromEntries(Object.entries(values).map(([key, value]) => [toPython(key), pack(value)]));
  }

  #send(method: "update" | "echo_update", values: object): void {
    const { state, paths, buffers } = splitBuffers(this.#pack(values));
    this.#comm.send({ method, state, buffer_paths: paths }, {}, buffers);
  }

  /** Takes over a new state; what differs from the old one. */
  #apply(next: T): Change<T>[] {
    const old = this.#state;
    this.#state = next;
    return (Object.keys(next) as (keyof T & string)[])
      .filter((name) => !same(old[name], next[name]))
      .map((name) => ({ name, old: old[name], new: next[name], owner: this }));
  }

  #receive({ data, buffers }: HostMessage): unknown {
    switch (data["method"]) {
      case "update":
        return this.#update(data, buffers);
      case "request_state":
        return this.#send("update", { ...this.#state });
      case "custom":
        return this.onCustom((data["content"] ?? {}) as Json, buffers);
      default:
        return undefined;
    }
  }

  /** A front end changed the state: the others are told, and all where the kernel corrects it. */
  #update(data: Json, buffers: readonly Uint8Array[]): unknown {
    const paths = (data["buffer_paths"] ?? []) as readonly (readonly (string | number)[])[];
    const sent = joinBuffers((data["state"] ?? {}) as Json, paths, buffers);
    const known = Object.keys(this.#kind.defaults) as (keyof T & string)[];
    const names = known.filter((name) => Object.hasOwn(sent, toPython(name)));
    const values = Object.fromEntries(
      names.map((name) => [name, unpack(sent[toPython(name)], instances)]),
    ) as Partial<T>;
    const echoed = names.filter((name) => this.#kind.quiet?.includes(name) !== true);
    if (echoed.length > 0)
      this.#send("echo_update", Object.fromEntries(echoed.map((name) => [name, values[name]])));
    const changes = this.#apply(checkState(this.#kind, this.#state, values, true));
    const wrong = (Object.keys(this.#state) as (keyof T & string)[]).filter((name) =>
      names.includes(name)
        ? !same(values[name], this.#state[name])
        : changes.some((change) => change.name === name),
    );
    if (wrong.length > 0)
      this.#send("update", Object.fromEntries(wrong.map((name) => [name, this.#state[name]])));
    return this.#notify(changes);
  }

  /** Every handler is called, whatever another throws. */
  async #notify(changes: readonly Change<T>[]): Promise<void> {
    const calls = changes.flatMap((change) =>
      [...this.#handlers]
        .filter(({ names }) => names === undefined || names.includes(change.name))
        .map(({ handler }) => callNow(() => handler(change))),
    );
    const failed = (await Promise.allSettled(calls)).find((call) => call.status === "rejected");
    if (failed !== undefined) throw failed.reason;
  }
}

const CONTROLS = "@jupyter-widgets/controls";

/** Calls at once, as `new Promise` does, and turns what is thrown into a rejection. */
function callNow(call: () => unknown): Promise<unknown> {
  return new Promise((resolve) => resolve(call()));
}

function same(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false;
  return a.every((item, i) => same(item, b[i]));
}
