import { NotebookApp, NotebookShell } from "@jupyter-notebook/application";
import { JupyterPluginRegistry, PageConfig } from "@jupyterlab/coreutils";
import { IServiceManager } from "@jupyterlab/services";
import { everywhere, extensions, mimeExtensions, pages } from "#extensions/notebook.js";
import { notebookPlugins, renderers } from "../extensions.js";
import { choose, enabled, renderersOf } from "./plugins.js";
import { start } from "./start.js";

/** The Notebook 7 pages: one document each. `notebookPage` says which: tree, notebooks, edit, consoles. */
async function notebook(): Promise<void> {
  const page = PageConfig.getOption("notebookPage");
  const chosen = extensions.flatMap((extension) => choose(extension, everywhere, pages[page]));
  const { active } = enabled([...chosen, ...notebookPlugins(page)]);
  const pluginRegistry = new JupyterPluginRegistry();
  pluginRegistry.registerPlugins(active);
  const serviceManager = await pluginRegistry.resolveRequiredService(IServiceManager);
  const app = new NotebookApp({
    shell: new NotebookShell(),
    pluginRegistry,
    serviceManager,
    mimeExtensions: [...mimeExtensions.flatMap(renderersOf), ...renderers],
  });
  await app.start();
  await app.restored;
}

void start(notebook);
