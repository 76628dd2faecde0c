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
    },
  });
  const options: InstallOptions = {
    ...(values.prefix === undefined ? {} : { prefix: values.prefix }),
    ...(values["sys-prefix"] === undefined ? {} : { sysPrefix: values["sys-prefix"] }),
    ...(values.name === undefined ? {} : { name: values.name }),
  };
  switch (positionals[0]) {
    case "install":
      console.log(`Installed in ${installKernelSpec(options)}`);
      return 0;
    case "remove": {
      const removed = removeKernelSpec(options);
      console.log(removed ? "Removed." : `There is no kernel "${values.name ?? "gradlab"}" to remove.`);
      return removed ? 0 : 1;
    }
    case "list":
      for (const spec of listKernelSpecs(options))
        console.log(`${spec.name}\t${spec.displayName}\t${spec.folder}`);
      return 0;
    default:
      throw new KernelError("E_USAGE", "Say `gradlab kernel install`, `list` or `remove`.");
  }
}
