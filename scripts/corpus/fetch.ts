import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { PINS, type Pin, type PinName } from "./pins.js";

export interface ArchiveFile {
  readonly path: string;
  text(): string;
  bytes(): Buffer;
}

/** Downloads a pinned archive once, checks its checksum each time, and lists its files in order of path. */
export const openArchive = (name: PinName, cacheFolder: string): ArchiveFile[] =>
  openPin(PINS[name], cacheFolder);

/** The same for an archive that is no source of the corpora. */
export function openPin(pin: Pin, cacheFolder: string): ArchiveFile[] {
  const folder = join(cacheFolder, "sources");
  const path = join(folder, pin.file);
  if (!existsSync(path)) {
    mkdirSync(folder, { recursive: true });
    const command = pin.registry === "npm" ? ["npm", "pack", "--silent"] : ["apt-get", "download", "-qq"];
    console.log(`downloading ${pin.package}`);
    execFileSync(command[0], [...command.slice(1), pin.package], {
      cwd: folder,
      stdio: ["ignore", "ignore", "inherit"],
    });
  }
  const content = readFileSync(path);
  const sha256 = createHash("sha256").update(content).digest("hex");
  if (sha256 !== pin.sha256)
    throw new Error(`${path}: sha256 is ${sha256}, pinned is ${pin.sha256}. Remove the file and try again.`);
  const tar =
    pin.registry === "npm"
      ? gunzipSync(content)
      : execFileSync("dpkg-deb", ["--fsys-tarfile", path], { maxBuffer: 2 ** 30 });
  return readTar(tar).sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Reads the regular files of a ustar or GNU tar archive. */
function readTar(tar: Buffer): ArchiveFile[] {
  const files: ArchiveFile[] = [];
  let longName: string | undefined;
  for (let at = 0; at + 512 <= tar.length && tar[at] !== 0;) {
    const header = tar.subarray(at, at + 512);
    const size = Number.parseInt(field(header, 124, 12), 8) || 0;
    const body = tar.subarray(at + 512, at + 512 + size);
    const type = String.fromCharCode(header[156]);
    at += 512 + Math.ceil(size / 512) * 512;
    if (type === "L") longName = field(body, 0, size);
    else {
      const prefix = field(header, 257, 5) === "ustar" && header[263] !== 0x20 ? field(header, 345, 155) : "";
      const path = longName ?? (prefix ? `${prefix}/` : "") + field(header, 0, 100);
      longName = undefined;
      if (type === "0" || type === "\0")
        files.push({ path: path.replace(/^\.\//, ""), bytes: () => body, text: () => body.toString("utf8") });
    }
  }
  return files;
}

function field(bytes: Buffer, start: number, length: number): string {
  const raw = bytes.subarray(start, start + length);
  const end = raw.indexOf(0);
  return raw.subarray(0, end < 0 ? length : end).toString("utf8");
}

/** The text of the one file whose path ends so. */
export function textOf(files: readonly ArchiveFile[], ending: string): string {
  const file = files.find(({ path }) => path.endsWith(ending));
  if (file === undefined) throw new Error(`The archive has no file ${ending}.`);
  return file.text();
}
