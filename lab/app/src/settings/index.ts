// schemas and the user's settings, from the page → the registry that every plugin asks.
import type { JupyterFrontEndPlugin } from "@jupyterlab/application";
import { PageConfig } from "@jupyterlab/coreutils";
import { ISettingConnector, ISettingRegistry, SettingRegistry } from "@jupyterlab/settingregistry";
import { PageConnector, pluginsInPage } from "./page-connector.js";
import { SettingsValidator } from "./validator.js";

/** In place of JupyterLab's own, which asks the server first and compiles a validator for every schema it gets. */
export const settings: JupyterFrontEndPlugin<ISettingRegistry> = {
  id: "gradlab-app:settings",
  description: "Provides the setting registry.",
  autoStart: true,
  requires: [ISettingConnector],
  provides: ISettingRegistry,
  activate: (app, server: ISettingConnector) => {
    const served = pluginsInPage();
    const plugins = served.filter(({ id }) => app.hasPlugin(id) && !PageConfig.Extension.isDisabled(id));
    const connector = new PageConnector(served, server);
    const shipped = served.filter((plugin) => plugin.is_shipped).map(({ id }) => id);
    const registry = new SettingRegistry({ connector, plugins, validator: new SettingsValidator(shipped) });
    void app.restored.then(() => {
      connector.forget();
      return loadRest(registry, plugins);
    });
    return registry;
  },
};

/** Those whose schemas wait for their plugins' transformation: what nobody has asked for by now would never come. */
async function loadRest(
  registry: SettingRegistry,
  plugins: readonly ISettingRegistry.IPlugin[],
): Promise<void> {
  for (const { id } of plugins) {
    if (id in registry.plugins) continue;
    await registry.load(id).catch((error: unknown) => console.warn(`Settings of ${id} did not load`, error));
  }
}
