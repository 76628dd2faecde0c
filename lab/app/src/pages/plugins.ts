import { PageConfig } from "@jupyterlab/coreutils";
import type { JupyterFrontEndPlugin } from "@jupyterlab/application";
import type { IRenderMime } from "@jupyterlab/rendermime-interfaces";

/** A plugin of any kind; its type parameters differ. */
export type Plugin = JupyterFrontEndPlugin<unknown>;

/** A package's module as the bundler gives it: a plugin or a list of them, as `default` or as the module itself. */
export interface ExtensionModule {
  readonly name: string;
  readonly module: object;
}

/** Package → all of its plugins, or those of these names. */
export type Choices = Readonly<Record<string, true | readonly string[]>>;

export function pluginsOf(extension: ExtensionModule): Plugin[] {
  return exportsOf(extension) as Plugin[];
}

/** The renderers of a MIME extension. The application wants them as modules, and takes one without `default` as it is. */
export function renderersOf(extension: ExtensionModule): IRenderMime.IExtensionModule[] {
  return exportsOf(extension) as IRenderMime.IExtensionModule[];
}

function exportsOf({ module }: ExtensionModule): unknown[] {
  const exported: unknown = "default" in module ? module.default : module;
  return Array.isArray(exported) ? exported.flat() : [exported];
}

/** Those that the page's configuration leaves on. */
export function enabled(plugins: readonly Plugin[]): { active: Plugin[]; disabled: string[] } {
  const off = (plugin: Plugin): boolean => PageConfig.Extension.isDisabled(plugin.id);
  return {
    active: plugins.filter((plugin) => !off(plugin)),
    disabled: plugins.filter(off).map(({ id }) => id),
  };
}

/** The plugins of `extension` that any of the choices names. */
export function choose(extension: ExtensionModule, ...choices: readonly (Choices | undefined)[]): Plugin[] {
  const wanted = choices.map((choice) => choice?.[extension.name]).filter((choice) => choice !== undefined);
  const plugins = pluginsOf(extension);
  if (wanted.includes(true)) return plugins;
  const ids = new Set(
    wanted.flatMap((names) => (names === true ? [] : names)).map((name) => `${extension.name}:${name}`),
  );
  return plugins.filter(({ id }) => ids.has(id));
}
