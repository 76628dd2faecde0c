import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { KernelClient, Message } from "gradlab-kernel";
import { show, type Shown } from "./kernel-fixture.js";

export type Json = Record<string, unknown>;

/** A model as a front end holds it, by the widget messaging protocol and nothing else. */
export interface Model {
  readonly id: string;
  readonly state: Json;
  readonly metadata: Json;
}

interface Attribute {
  readonly name: string;
  readonly default: unknown;
  readonly type: string | readonly string[];
  readonly enum?: readonly unknown[];
}

interface ModelSpec {
  readonly model: { readonly name: string; readonly module: string; readonly version: string };
  readonly attributes: readonly Attribute[];
}

/** The models of Jupyter's own widgets, from the project's schema package. */
export function modelSpecs(): Map<string, ModelSpec> {
  const require = createRequire(import.meta.url);
  const path = require.resolve("@jupyter-widgets/schema/jupyterwidgetmodels.latest.json");
  const specs = JSON.parse(readFileSync(path, "utf8")) as ModelSpec[];
  return new Map(specs.map((spec) => [spec.model.name, spec]));
}

/** A front end's side of widgets: keeps models as the kernel's messages say, and changes them. */
export class WidgetClient {
  readonly models = new Map<string, Model>();
  readonly messages: Message[] = [];
  readonly #kernel: KernelClient;
  #wake: () => void = () => {};

  constructor(kernel: KernelClient) {
    this.#kernel = kernel;
    kernel.onIopub = (message) => this.#receive(message);
  }

  #receive(message: Message): void {
    this.messages.push(message);
    const { content, metadata, buffers, header } = message;
    const id = String(content["comm_id"]);
    const data = (content["data"] ?? {}) as Json;
    if (header.msg_type === "comm_open") {
      this.models.set(id, { id, state: joined(data, buffers), metadata });
    } else if (header.msg_type === "comm_close") this.models.delete(id);
    else if (header.msg_type === "comm_msg" && /^(echo_)?update$/.test(String(data["method"]))) {
      Object.assign(this.models.get(id)?.state ?? {}, joined(data, buffers));
    }
    this.#wake();
  }

  async until(found: () => boolean): Promise<void> {
    while (!found()) await new Promise<void>((resolve) => (this.#wake = resolve));
  }

  /** The only model of that name. */
  model(name: string): Model {
    const found = [...this.models.values()].filter(({ state }) => state["_model_name"] === `${name}Model`);
    if (found.length !== 1) throw new Error(`${found.length} models of ${name}`);
    return found[0];
  }

  /** Does what a front end does when the user changes a model; returns what the kernel sent for it. */
  change(id: string, state: Json, paths: unknown[] = [], buffers: Buffer[] = []): Promise<Message[]> {
    return this.message(id, { method: "update", state, buffer_paths: paths }, buffers);
  }

  custom(id: string, content: Json): Promise<Message[]> {
    return this.message(id, { method: "custom", content });
  }

  /** Sends and waits for idle. */
  async message(id: string, data: Json, buffers: Buffer[] = []): Promise<Message[]> {
    const request = this.#kernel.send("comm_msg", { comm_id: id, data }, "shell", buffers);
    const own = (): Message[] =>
      this.messages.filter(({ parent }) => (parent as { msg_id?: string }).msg_id === request);
    await this.until(() => own().some(({ content }) => content["execution_state"] === "idle"));
    return own().filter(({ header }) => header.msg_type !== "status");
  }
}

function joined(data: Json, buffers: readonly Buffer[]): Json {
  const state = structuredClone((data["state"] ?? {}) as Json);
  ((data["buffer_paths"] ?? []) as (string | number)[][]).forEach((path, i) => {
    let place = state as Record<string | number, unknown>;
    for (const key of path.slice(0, -1)) place = place[key] as typeof place;
    place[path[path.length - 1]] = buffers[i];
  });
  return state;
}

/** A cell that imports the widgets and must succeed. */
export async function widgetCell(kernel: KernelClient, code: string): Promise<Shown> {
  const shown = await show(kernel, `import { widgets, interact } from "gradlab-kernel/widgets";\n${code}`);
  if (shown.reply.status !== "ok") throw new Error(shown.reply.traceback?.join("\n"));
  return shown;
}
