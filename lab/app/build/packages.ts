/** JupyterLab's extensions, in the order they are registered. */
export const LAB_EXTENSIONS: readonly string[] = [
  ...jupyterlab(`services application apputils cell-toolbar celltags codemirror completer console csvviewer debugger
    docmanager documentsearch filebrowser fileeditor help htmlviewer imageviewer inspector launcher logconsole mainmenu
    markdownviewer markedparser mathjax mermaid metadataform notebook rendermime running settingeditor shortcuts statusbar
    theme-dark theme-dark-high-contrast theme-light toc tooltip translation ui-components workspaces audio video`),
  "@jupyter-widgets/jupyterlab-manager",
];

/** Renderers that JupyterLab registers apart: package → the module within it. */
export const MIME_EXTENSIONS: Readonly<Record<string, string>> = {
  "@jupyterlab/javascript-extension": "",
  "@jupyterlab/json-extension": "",
  "@jupyterlab/mermaid-extension": "/lib/mime.js",
  "@jupyterlab/pdf-extension": "",
};

export const NOTEBOOK_PAGES = ["tree", "notebooks", "edit", "consoles"] as const;
export type NotebookPage = (typeof NOTEBOOK_PAGES)[number];

/** Which plugins of an extension a page takes: all, or those of these names. */
type Choice = true | readonly string[];

/** The plugins of every Notebook 7 page: what its own app takes, less what gradlab leaves out. */
export const NOTEBOOK_EXTENSIONS: Readonly<Record<string, Choice>> = {
  ...all(`@jupyter-notebook/application @jupyter-notebook/console @jupyter-notebook/docmanager @jupyter-notebook/help
    @jupyter-notebook/notebook @jupyterlab/audio @jupyterlab/codemirror @jupyterlab/htmlviewer @jupyterlab/imageviewer
    @jupyterlab/markedparser @jupyterlab/mathjax @jupyterlab/mermaid @jupyterlab/rendermime @jupyterlab/services
    @jupyterlab/shortcuts @jupyterlab/theme-dark @jupyterlab/theme-dark-high-contrast @jupyterlab/theme-light
    @jupyterlab/translation @jupyterlab/ui-components @jupyterlab/video`),
  "@jupyter-widgets/jupyterlab-manager": true,
  "@jupyterlab/application-extension": names("commands context-menu router top-bar top-spacer"),
  "@jupyterlab/apputils-extension":
    names(`kernels-settings licenses-client licenses-plugin notification palette
    sanitizer sessionDialogs settings settings-connector state subshell-settings themes themes-palette-menu
    toolbar-registry utilityCommands`),
  "@jupyterlab/completer-extension": true,
  "@jupyterlab/console-extension": names("cell-executor completer factory foreign tracker"),
  "@jupyterlab/docmanager-extension": names("contexts dialogs download manager plugin"),
  "@jupyterlab/documentsearch-extension": names("plugin"),
  "@jupyterlab/filebrowser-extension": names("default-file-browser factory settings"),
  "@jupyterlab/fileeditor-extension": names("plugin widget-factory"),
  "@jupyterlab/help-extension": names("licenses-commands resources"),
  "@jupyterlab/mainmenu-extension": names("plugin"),
  "@jupyterlab/notebook-extension": names("cell-executor code-console export factory tracker widget-factory"),
};

/** What single pages take besides. */
export const PAGE_EXTENSIONS: Readonly<Record<NotebookPage, Readonly<Record<string, Choice>>>> = {
  tree: {
    ...all("@jupyter-notebook/tree @jupyterlab/settingeditor"),
    "@jupyterlab/running-extension": names("plugin sidebar"),
    "@jupyterlab/filebrowser-extension": names(
      "download file-upload-status open-with share-file notify-upload",
    ),
  },
  notebooks: {
    ...all("@jupyterlab/celltags @jupyterlab/cell-toolbar @jupyterlab/logconsole @jupyterlab/metadataform"),
    "@jupyterlab/debugger-extension":
      names(`config display-registry main notebooks service sidebar source-viewer
      sources variables`),
    "@jupyterlab/notebook-extension":
      names(`active-cell-tool completer copy-output log-output metadata-editor search
      toc tools update-raw-mimetype`),
    "@jupyterlab/toc-extension": names("registry tracker"),
    "@jupyterlab/tooltip-extension": names("manager notebooks"),
  },
  edit: {
    "@jupyterlab/fileeditor-extension": names("completer search"),
    "@jupyterlab/markdownviewer-extension": true,
  },
  consoles: { "@jupyterlab/tooltip-extension": names("manager consoles") },
};

/** Plugins that gradlab switches off, and why. */
export const DISABLED: readonly string[] = [
  // Ours reads the settings from the page, and compiles no validators for schemas that it knows to be right.
  "@jupyterlab/apputils-extension:settings",
  // News and updates would ask a host elsewhere.
  "@jupyterlab/apputils-extension:announcements",
  // The kernel's own language help takes their place; there are no language servers.
  "@jupyterlab/notebook-extension:language-server",
  "@jupyterlab/fileeditor-extension:language-server",
  // Our own logos and links stand in their place.
  "@jupyterlab/application-extension:logo",
  "@jupyter-notebook/application-extension:logo",
  "@jupyterlab/help-extension:jupyter-forum",
  // Ours shows a busy kernel: the first exchanges the icon for every short cell, the second asks for Jupyter's own .ico files.
  "@jupyterlab/application-extension:faviconbusy",
  "@jupyter-notebook/notebook-extension:tab-icon",
];

function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== "");
}

function jupyterlab(text: string): string[] {
  return words(text).map((name) => `@jupyterlab/${name}-extension`);
}

function names(text: string): readonly string[] {
  return words(text);
}

function all(text: string): Record<string, true> {
  return Object.fromEntries(words(text).map((name) => [`${name}-extension`, true as const]));
}
