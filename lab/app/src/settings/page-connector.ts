import type { ISettingConnector, ISettingRegistry } from "@jupyterlab/settingregistry";

export interface ServedPlugin extends ISettingRegistry.IPlugin {
  /** Its schema is as it was built: the user changed no default in overrides.json. */
  readonly is_shipped: boolean;
}

/** What the server wrote into the page: all that /lab/api/settings answers. */
export function pluginsInPage(): ServedPlugin[] {
  const text = document.getElementById("gradlab-settings")?.textContent ?? '{ "settings": [] }';
  const { settings } = JSON.parse(text) as { readonly settings: ServedPlugin[] };
  // "data" is for the registry to fill
  return settings.map((plugin) => Object.assign(plugin, { data: { composite: {}, user: {} } }));
}

/**
 * While the page starts, it holds what the server would say. Of settings whose schema a plugin transforms the server is asked all
 * the same: they are asked for just before the transformation is there, and an answer at once would come too early.
 */
export class PageConnector implements ISettingConnector {
  readonly #server: ISettingConnector;
  #inPage: ReadonlyMap<string, string>;

  constructor(plugins: readonly ServedPlugin[], server: ISettingConnector) {
    this.#server = server;
    const plain = plugins.filter(({ schema }) => schema["jupyter.lab.transform"] !== true);
    // as text: each that asks gets one of its own
    this.#inPage = new Map(plain.map((plugin) => [plugin.id, JSON.stringify(plugin)]));
  }

  /** From now on the server is asked: another page may have changed something. */
  forget(): void {
    this.#inPage = new Map();
  }

  async fetch(id: string): Promise<ISettingRegistry.IPlugin | undefined> {
    const held = this.#inPage.get(id);
    return held === undefined ? this.#server.fetch(id) : (JSON.parse(held) as ServedPlugin);
  }

  list(query?: string): ReturnType<ISettingConnector["list"]> {
    return this.#server.list(query);
  }

  async remove(id: string): Promise<void> {
    await this.#server.remove(id);
  }

  async save(id: string, raw: string): Promise<void> {
    // what is in the page is no longer what is stored
    this.forget();
    await this.#server.save(id, raw);
  }
}
