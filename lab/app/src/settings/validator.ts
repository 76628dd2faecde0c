import {
  DefaultSchemaValidator,
  type ISchemaValidator,
  type ISettingRegistry,
} from "@jupyterlab/settingregistry";
import { fillDefaults, type Schema } from "./fill-defaults.js";

/** What the server says besides of a plugin's settings. */
interface Served {
  /** Its schema is as it was built: the user changed no default in overrides.json. */
  readonly is_shipped?: boolean;
}

/**
 * Validates what a user wrote, or had a hand in, as JupyterLab does. What is as it was shipped only gets its defaults: the
 * tests hold those schemas to JupyterLab's validator, which would take most of a second at every start to compile them.
 */
export class SettingsValidator implements ISchemaValidator {
  #jupyterlab: ISchemaValidator | undefined;

  validateData(plugin: ISettingRegistry.IPlugin, populate = true): ISchemaValidator.IError[] | null {
    if (!isUntouched(plugin)) {
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

const isUntouched = (plugin: ISettingRegistry.IPlugin & Served): boolean =>
  plugin.is_shipped === true && plugin.raw.trim() === "{}";
