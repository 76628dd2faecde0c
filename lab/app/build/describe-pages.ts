import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Bundle } from "./bundle.js";
import { manifestOf } from "./entries.js";
import { DISABLED, NOTEBOOK_PAGES } from "./packages.js";
import { APP } from "./paths.js";

const TITLES = { tree: "files", notebooks: "notebook", edit: "editor", consoles: "console" } as const;

/** Where our completion is, JupyterLab's would mix in words of the text; ours asks the kernel or the text itself where it must. */
const ONE_COMPLETION = { disabledExtensions: [...DISABLED, "@jupyterlab/completer-extension:base-service"] };

const icon = (file: string, kind: string, rel = "icon"): object => ({
  rel,
  type: "image/svg+xml",
  href: `static/favicons/${file}`,
  class: `${kind} favicon`,
});

/** What a server needs to write the pages → `output`/build.json; see README.md. */
export function describePages(output: string, inputs: string, { entries }: Bundle): void {
  cpSync(join(APP, "branding", "favicons"), join(output, "static", "favicons"), { recursive: true });
  const { version } = JSON.parse(readFileSync(join(APP, "package.json"), "utf8")) as { version: string };
  const lab = manifestOf("@jupyterlab/application").version;
  const notebook = manifestOf("@jupyter-notebook/application").version;
  const pages = NOTEBOOK_PAGES.map((page) => [
    page,
    {
      entry: "notebook",
      title: `gradlab: ${TITLES[page]}`,
      bodyClass: "jp-ThemedContainer",
      config: { notebookPage: page, ...(page === "notebooks" ? ONE_COMPLETION : {}) },
    },
  ]);
  const build = {
    format: 1,
    inputs,
    versions: { gradlab: version, lab, notebook },
    entries,
    pages: {
      lab: { entry: "lab", title: "gradlab", bodyClass: "jp-ThemedContainer", config: ONE_COMPLETION },
      ...Object.fromEntries(pages),
    },
    links: [icon("favicon.svg", "idle"), icon("favicon-busy.svg", "busy", "")],
    config: {
      appName: "gradlab",
      appNamespace: "gradlab",
      appVersion: lab,
      appUrl: "/lab",
      gradlabVersion: version,
      // Notebook 7 compares these numbers.
      notebookVersion: JSON.stringify(notebook.split(".").map(Number)),
      terminalsAvailable: "false",
      buildAvailable: "false",
      buildCheck: "false",
      federated_extensions: [],
      disabledExtensions: DISABLED,
      deferredExtensions: [],
    },
  };
  writeFileSync(join(output, "build.json"), `${JSON.stringify(build, null, 1)}\n`);
}
