import type { JupyterFrontEndPlugin } from "@jupyterlab/application";
import { PageConfig, URLExt } from "@jupyterlab/coreutils";
import { Widget } from "@lumino/widgets";
import { gradlabIcon } from "./icons.js";

/** gradlab's logo where JupyterLab has its own. */
export const labLogo: JupyterFrontEndPlugin<void> = {
  id: "gradlab-app:lab-logo",
  description: "gradlab's logo in the top bar.",
  autoStart: true,
  activate: ({ shell }) => {
    const logo = new Widget();
    gradlabIcon.element({
      container: logo.node,
      elementPosition: "center",
      margin: "2px 6px",
      height: "20px",
      width: "20px",
      title: "gradlab",
    });
    logo.id = "jp-MainLogo";
    shell.add(logo, "top", { rank: 0 });
  },
};

/** On a Notebook 7 page the logo leads back to the files. */
export const notebookLogo: JupyterFrontEndPlugin<void> = {
  id: "gradlab-app:notebook-logo",
  description: "gradlab's logo, a link to the files.",
  autoStart: true,
  activate: ({ shell }) => {
    const node = document.createElement("a");
    node.href = URLExt.join(PageConfig.getBaseUrl(), "tree");
    node.setAttribute("aria-label", "gradlab: files");
    const logo = new Widget({ node });
    gradlabIcon.element({
      container: node,
      elementPosition: "center",
      margin: "auto 8px",
      height: "24px",
      width: "24px",
    });
    logo.id = "jp-NotebookLogo";
    shell.add(logo, "top", { rank: 0 });
  },
};
