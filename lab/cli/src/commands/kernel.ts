import { parseArgs } from "node:util";
import {
  type InstallOptions,
  installKernelSpec,
  KernelError,
  listKernelSpecs,
  removeKernelSpec,
} from "gradlab-kernel";

/** `gradlab kernel install | list | remove`. */
export async function kernelCommand(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      user: { type: "boolean" },
      prefix: { type: "string" },
      "sys-prefix": { type: "boolean" },
      name: { type: "string" },
      alias: { type: "string", multiple: true },
      force: { type: "boolean" },
    },
  });
  const options: InstallOptions = {
    ...(values.prefix === undefined ? {} : { prefix: values.prefix }),
    ...(values["sys-prefix"] === undefined ? {} : { sysPrefix: values["sys-prefix"] }),
    ...(values.name === undefined ? {} : { name: values.name }),
    ...(values.force === true ? { force: true } : {}),
  };
  const all = values.alias?.map((alias) => ({ ...options, alias })) ?? [options];
  switch (positionals[0]) {
    case "install":
      for (const one of all) console.log(`Installed in ${installKernelSpec(one)}`);
      return 0;
    case "remove":
      return all.map(remove).every(Boolean) ? 0 : 1;
    case "list":
      for (const spec of listKernelSpecs(options))
        console.log(`${spec.name}\t${spec.displayName}\t${spec.folder}`);
      return 0;
    default:
      throw new KernelError("E_USAGE", "Say `gradlab kernel install`, `list` or `remove`.");
  }
}

function remove(options: InstallOptions): boolean {
  const removed = removeKernelSpec(options);
  const name = options.alias ?? options.name ?? "gradlab";
  console.log(removed ? `Removed ${name}.` : `There is no kernel "${name}" to remove.`);
  return removed;
}
