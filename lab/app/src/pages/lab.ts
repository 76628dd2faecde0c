import { JupyterLab } from "@jupyterlab/application";

import { JupyterPluginRegistry, PageConfig } from "@jupyterlab/coreutils";
import { IConnectionStatus, IServiceManager } from "@jupyterlab/services";
import { extensions, mimeExtensions } from "#extensions/lab.js";
import { labPlugins, renderers } from "../extensions.js";
import { enabled, pluginsOf, renderersOf } from "./plugins.js";
import { start } from "./start.js";

/** The JupyterLab page: the whole shell. */
async function lab(): Promise<void> {
  const all = [...extensions.flatMap(pluginsOf), ...labPlugins];
  const { active, disabled } = enabled(all);
  const pluginRegistry = new JupyterPluginRegistry();
  pluginRegistry.registerPlugins(active);
  const serviceManager = await pluginRegistry.resolveRequiredService(IServiceManager);
  const connectionStatus = await pluginRegistry.resolveOptionalService(IConnectionStatus);
  const app = new JupyterLab({
    pluginRegistry,
    serviceManager,
    ...(connectionStatus === null ? {} : { connectionStatus }),
    mimeExtensions: [...mimeExtensions.flatMap(renderersOf), ...renderers],
    disabled: { matches: disabled, patterns: PageConfig.Extension.disabled },
    deferred: { matches: [], patterns: [] },
    availablePlugins: all.map((plugin) => ({
      id: plugin.id,
      description: plugin.description ?? "",
      requires: plugin.requires ?? [],
      optional: plugin.optional ?? [],
      provides: plugin.provides ?? null,
      ...(plugin.autoStart === undefined ? {} : { autoStart: plugin.autoStart }),
      enabled: active.includes(plugin),
      extension: plugin.id.split(":")[0] ?? "",
    })),
  });
  // as JupyterLab does it, for what drives the page from outside
  if (PageConfig.getOption("exposeAppInBrowser").toLowerCase() === "true")
    Object.assign(window, { jupyterapp: app });
  await app.start({ bubblingKeydown: true });
  await app.restored;
}

void start(lab);
