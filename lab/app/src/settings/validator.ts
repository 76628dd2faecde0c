import {
  DefaultSchemaValidator,
  type ISchemaValidator,
  type ISettingRegistry,
} from "@jupyterlab/settingregistry";
import { fillDefaults, type Schema } from "./fill-defaults.js";

/**
 * Validates what a user wrote, or had a hand in, as JupyterLab does. What is as it was shipped only gets its defaults: the
 * tests hold those schemas to JupyterLab's validator, which would take most of a second at every start to compile them.
 */
export class SettingsValidator implements ISchemaValidator {
  readonly #shipped: ReadonlySet<string>;
  #jupyterlab: ISchemaValidator | undefined;

  /** @param shipped ids of plugins whose schemas are as they were built. */
  constructor(shipped: Iterable<string>) {
    this.#shipped = new Set(shipped);
  }

  validateData(plugin: ISettingRegistry.IPlugin, populate = true): ISchemaValidator.IError[] | null {
    if (!this.#shipped.has(plugin.id) || plugin.raw.trim() !== "{}") {
      this.#jupyterlab ??= new DefaultSchemaValidator();
      return this.#jupyterlab.validateData(plugin, populate);
    }
    if (!populate) return null;
    const composite = {};
    fillDefaults(plugin.schema as Schema, composite);
    plugin.data = { composite, user: {} };
    return null;
  }
}
