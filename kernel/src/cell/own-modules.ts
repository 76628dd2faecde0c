import * as tslab from "../tslab/index.js";

/** Modules that cells import without having installed them. */

/** Part of the kernel: this copy, whatever the notebook's folder has installed. */
const OWN: Readonly<Record<string, string>> = {
  "gradlab-kernel/widgets": new URL("../widgets/index.js", import.meta.url).href,
  tslab: new URL("../tslab/index.js", import.meta.url).href,
};

/** The URL of a module that is the kernel's own; undefined for all others. */
export function ownModule(specifier: string): string | undefined {
  return Object.hasOwn(OWN, specifier) ? OWN[specifier] : undefined;
}

/** gradlab's own packages lie beside the kernel: found there where the notebook's folder has none. */
export function shippedModule(specifier: string, error: unknown): string | undefined {
  if (!/^gradlab(-kernel)?(\/|$)/.test(specifier)) return undefined;
  if ((error as NodeJS.ErrnoException | null)?.code !== "ERR_MODULE_NOT_FOUND") return undefined;
  try {
    return import.meta.resolve(specifier);
  } catch {
    return undefined;
  }
}

/** `require`, with the same modules. */
export function ownRequire(require: NodeJS.Require): NodeJS.Require {
  return new Proxy(require, {
    apply: (target, self, [specifier]: [string]) =>
      specifier === "tslab" ? tslab : (Reflect.apply(target, self, [specifier]) as unknown),
  });
}
