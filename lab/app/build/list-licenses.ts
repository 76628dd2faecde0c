import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, sep } from "node:path";
import { MODULES } from "./paths.js";

interface License {
  readonly name: string;
  readonly versionInfo: string;
  readonly licenseId: string;
  readonly extractedText: string;
}

/** The licences of all packages of which a file went into the bundle → `output`/licenses.json. */
export function listLicenses(output: string, modules: readonly string[]): number {
  const folders = new Set(modules.map(packageOf).filter((folder) => folder !== undefined));
  const packages = [...folders].map(licenseOf).sort((a, b) => (a.name < b.name ? -1 : 1));
  const text = JSON.stringify({ bundles: { gradlab: { packages } } });
  writeFileSync(join(output, "licenses.json"), `${text}\n`);
  return packages.length;
}

/** The folder of the innermost package that a file lies in. */
function packageOf(file: string): string | undefined {
  const marker = `${sep}node_modules${sep}`;
  const at = file.lastIndexOf(marker);
  if (at < 0 || !file.startsWith(MODULES)) return undefined;
  const [first = "", second = ""] = file.slice(at + marker.length).split(sep);
  const name = first.startsWith("@") ? join(first, second) : first;
  return file.slice(0, at + marker.length) + name;
}

function licenseOf(folder: string): License {
  const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
    name: string;
    version: string;
    license?: string | { type?: string };
    licenses?: { type?: string }[];
  };
  const { license, licenses } = manifest;
  const id = typeof license === "string" ? license : (license?.type ?? licenses?.[0]?.type);
  return {
    name: manifest.name,
    versionInfo: manifest.version,
    licenseId: id ?? "not stated",
    extractedText: textOf(folder),
  };
}

function textOf(folder: string): string {
  const file = readdirSync(folder).find((name) => /^(licen[cs]e|copying)/i.test(name));
  const path = file === undefined ? undefined : join(folder, file);
  return path !== undefined && existsSync(path) ? readFileSync(path, "utf8") : "";
}
