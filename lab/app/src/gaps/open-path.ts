import type { JupyterFrontEndPlugin } from "@jupyterlab/application";
import { PathExt } from "@jupyterlab/coreutils";
import { IDefaultFileBrowser } from "@jupyterlab/filebrowser";

/**
 * The default file browser calls a command that only JupyterLab's page has. On a Notebook 7 page it goes to the folder
 * of the document, which the page itself opens.
 */
export const openPath: JupyterFrontEndPlugin<void> = {
  id: "gradlab-app:open-path",
  description: "Takes the file browser of a Notebook page to a folder.",
  autoStart: true,
  optional: [IDefaultFileBrowser],
  activate: ({ commands, serviceManager }, browser: IDefaultFileBrowser | null) => {
    if (browser === null || commands.hasCommand("filebrowser:open-path")) return;
    commands.addCommand("filebrowser:open-path", {
      label: "Open from Path…",
      isVisible: () => false,
      execute: async ({ path }) => {
        const { type } = await serviceManager.contents.get(String(path), { content: false });
        await browser.model.cd(`/${type === "directory" ? String(path) : PathExt.dirname(String(path))}`);
      },
      describedBy: { args: { type: "object", properties: { path: { type: "string" } } } },
    });
  },
};
